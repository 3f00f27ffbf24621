# One file for every image. A service has its own code and `shared` alone; the command has all of them to ask:
#   docker build --build-arg SERVICE=billing --target service .
#   docker build --target command .
ARG PYTHON_IMAGE=python:3.13-slim

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
RUN python3 -m compileall -q -j 0 /app
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
RUN python3 -m compileall -q -j 0 /app && mkdir -p /secrets/postgres \
 && for service in services/*/; do mkdir -p "/secrets/$(basename "$service")"; done && chown -R wijkzorg /secrets
USER wijkzorg
ENV WIJKZORG_DATA_DIR=/tmp/wijkzorg
ENTRYPOINT ["python3", "-c", "from wijkzorg.main import main; main()"]
