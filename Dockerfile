# The same image for web, worker, clock and migrate: docker run IMAGE worker --queue short
# A container without the site has no page to look at: give it --no-healthcheck.
# Settings come from the environment; secrets from files, by the settings that end in _FILE.

FROM python:3.12-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY pyproject.toml README.md ./
COPY webapp webapp
RUN /venv/bin/pip install --no-cache-dir --editable .

FROM python:3.12-slim
RUN useradd --uid 1000 --create-home --home-dir /home/aegis aegis \
    && install --directory --owner aegis --mode 700 /data
WORKDIR /app
COPY --from=build /venv /venv
COPY pyproject.toml wsgi.py ./
COPY migrations migrations
COPY static static
COPY templates templates
COPY webapp webapp
RUN python -m compileall -q webapp
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    PRODUCTION=1 \
    WEB_HOST=0.0.0.0
USER aegis
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["aegis"]
CMD ["web"]
