# One file for every image. A service has its own code and `shared` alone; the command has all of them to ask:
#   docker build --build-arg SERVICE=billing --target service .
#   docker build --target command .
#   docker build --target proxy .
#   docker build --target kafka .
#   docker build --target prometheus . (tempo, grafana)
# A checkout may be for its owner alone (umask 077), and an image keeps the modes of its files: hence each `chmod`.
ARG PYTHON_IMAGE=python:3.13-slim-trixie
ARG CADDY_IMAGE=caddy:2
ARG KAFKA_IMAGE=apache/kafka:4.1.1
ARG PROMETHEUS_IMAGE=prom/prometheus:v3.5.0
ARG TEMPO_IMAGE=grafana/tempo:2.8.1
ARG GRAFANA_IMAGE=grafana/grafana:12.1.1

FROM ${KAFKA_IMAGE} AS kafka
USER root
COPY deploy/kafka /etc/wijkzorg/kafka
RUN chmod -R a+rX /etc/wijkzorg
USER 1000:1000
ENTRYPOINT ["bash", "/etc/wijkzorg/kafka/start"]

FROM ${PROMETHEUS_IMAGE} AS prometheus
# 555: the folder that is made gets the mode too. A shell to give each its own is in not every base.
COPY --chmod=555 deploy/prometheus.yml deploy/alerts.yml /etc/wijkzorg/

FROM ${TEMPO_IMAGE} AS tempo
COPY --chmod=555 deploy/tempo/tempo.yml /etc/wijkzorg/

FROM ${GRAFANA_IMAGE} AS grafana
USER root
COPY deploy/grafana /etc/wijkzorg
RUN chmod -R a+rX /etc/wijkzorg
USER 472:0

FROM ${CADDY_IMAGE} AS proxy
# The program as it comes may bind low ports, and so does not start where that is forbidden to it; a copy does.
RUN cp /usr/bin/caddy /usr/bin/proxy
COPY deploy/proxy /srv/page
COPY shared/web/static /srv/page/static
RUN chmod -R a+rX /srv/page
USER 10001:10001
ENV XDG_CONFIG_HOME=/tmp XDG_DATA_HOME=/tmp
EXPOSE 8080
# Its base may have wget, or bash.
HEALTHCHECK --interval=10s --timeout=5s --retries=3 CMD \
  wget -q -O /dev/null http://127.0.0.1:8080/ 2> /dev/null || bash -c \
  "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET / HTTP/1.0\r\n\r\n' >&3; read -r -t 3 said <&3; [[ \$said == *200* ]]"
CMD ["/usr/bin/proxy", "run", "--config", "/srv/page/Caddyfile", "--adapter", "caddyfile"]

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH
RUN python3 -m venv /opt/venv && useradd --system --uid 10001 --user-group --no-create-home wijkzorg
WORKDIR /app
COPY LICENSE NOTICE ./

FROM base AS service
COPY deploy/service.lock /tmp/
RUN pip install --quiet --no-cache-dir --require-hashes --requirement /tmp/service.lock
ARG SERVICE
RUN test -n "$SERVICE" || { echo "Say which service: --build-arg SERVICE=billing" >&2; exit 1; }
COPY shared shared
COPY services/__init__.py services/
COPY services/${SERVICE} services/${SERVICE}
RUN python3 -m compileall -q -j 0 /app && chmod -R a+rX /app
USER wijkzorg
ENV SERVICE=${SERVICE} WIJKZORG_HTTP_HOST=0.0.0.0 WIJKZORG_HTTP_PORT=8000 WIJKZORG_READY_FILE=/tmp/address \
    WIJKZORG_SECRETS_DIR=/run/secrets
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=8s --start-period=60s --retries=3 CMD ["python3", "-m", "shared.probe"]
CMD ["sh", "-c", "exec python3 -m services.$SERVICE.app"]

FROM base AS command
COPY deploy/command.lock /tmp/
RUN pip install --quiet --no-cache-dir --require-hashes --requirement /tmp/command.lock
COPY shared shared
COPY services services
COPY simulation simulation
COPY local local
COPY wijkzorg wijkzorg
# A volume that is new takes over who owns the folder it covers.
RUN python3 -m compileall -q -j 0 /app && chmod -R a+rX /app && mkdir -p /secrets/postgres /secrets/grafana \
 && for service in services/*/; do mkdir -p "/secrets/$(basename "$service")"; done && chown -R wijkzorg /secrets
USER wijkzorg
ENV WIJKZORG_DATA_DIR=/tmp/wijkzorg
ENTRYPOINT ["python3", "-c", "from wijkzorg.main import main; main()"]
