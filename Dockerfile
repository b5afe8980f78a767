# Two images from one file: `api` (API, browser app, migrations, the `stal` command) and `worker` (torch; the registry's
# CUDA build, which runs on machines without a GPU too). Versions are those of requirements.lock.
#
# Packages lie in /opt/stal, in a layer of their own that a change of the code leaves alone. They are byte-compiled, for
# the root of a running container is read-only. What was downloaded once is kept in the builder's cache.

ARG PYTHON=3.12

FROM node:22-slim AS frontend
WORKDIR /build
COPY frontend/package.json frontend/package-lock.json ./
RUN --mount=type=cache,target=/cache npm ci --cache /cache --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:${PYTHON}-slim AS uv
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv==0.13.9

FROM python:${PYTHON}-slim AS base
# uid and gid 1000; /data is theirs, and so is an empty volume that is mounted there
RUN useradd --create-home --uid 1000 stal && install --directory --owner stal --group stal /data
RUN --mount=type=bind,from=uv,source=/usr/local/bin/uv,target=/usr/local/bin/uv uv venv /opt/stal
ENV VIRTUAL_ENV=/opt/stal PATH=/opt/stal/bin:$PATH \
  UV_CACHE_DIR=/cache UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never \
  PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY pyproject.toml requirements.lock README.md LICENSE ./

# The commit, which rounds record: of a checkout its own, of an unpacked archive none.
FROM base AS commit
WORKDIR /git
COPY LICENSE .gi[t] ./
RUN head=$(cat HEAD 2>/dev/null || true) && ref=${head#ref: } \
  && if [ "$head" = "$ref" ]; then echo "$head"; else cat "$ref" 2>/dev/null || sed -n "s# $ref\$##p" packed-refs; fi > /COMMIT

FROM base AS api
RUN --mount=type=bind,from=uv,source=/usr/local/bin/uv,target=/usr/local/bin/uv --mount=type=cache,id=uv,target=/cache \
  uv pip install --no-build --constraint requirements.lock --requirement pyproject.toml --extra api \
  && mkdir backend && uv pip install --no-deps --editable .
COPY --from=frontend /build/dist frontend/dist
COPY demo/pack demo/pack
COPY migrations migrations
COPY backend backend
RUN python -m compileall -q backend migrations
USER 1000:1000
EXPOSE 8000
CMD ["python", "-m", "backend.api", "--host", "0.0.0.0", "--port", "8000"]

FROM base AS worker
# Triton and torch.compile make the launchers of their kernels with a C compiler when they run on a GPU.
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
  rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update -qq \
  && apt-get install --yes -qq --no-install-recommends gcc libc6-dev
RUN --mount=type=bind,from=uv,source=/usr/local/bin/uv,target=/usr/local/bin/uv --mount=type=cache,id=uv,target=/cache \
  uv pip install --no-build --constraint requirements.lock --requirement pyproject.toml --extra worker --extra lite2 \
  && mkdir backend models worker && uv pip install --no-deps --editable .
COPY demo/pack demo/pack
COPY migrations migrations
COPY backend backend
COPY models models
COPY worker worker
COPY --from=commit /COMMIT ./
RUN python -m compileall -q backend migrations models worker
# Where NVIDIA's container runtime is the engine's own, a worker gets its GPUs without further words.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility \
  TORCH_HOME=/data/cache/torch TRITON_CACHE_DIR=/data/cache/triton TORCHINDUCTOR_CACHE_DIR=/data/cache/inductor
USER 1000:1000
CMD ["python", "-m", "worker"]
