# The image of web, worker and migrate. The interpreter is Debian's, below /usr, where every box can read it.
#
#   docker build --build-arg TORCH_INDEX=<PyTorch's index of CPU wheels> -t chainrule .
#
# Without TORCH_INDEX pip may choose PyTorch's large wheels with CUDA: right for a machine with a card only.

FROM debian:bookworm-slim AS build
ARG TORCH_INDEX=""
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/chainrule
ENV PATH=/opt/chainrule/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
# The dependencies are a layer of their own: a change of our code does not fetch PyTorch again.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > needed.txt \
    && pip install --constraint constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --requirement needed.txt
COPY README.md ./
COPY grader grader
COPY worker worker
COPY reference reference
COPY hidden_tests hidden_tests
RUN pip install --no-deps . && python -m compileall -q /opt/chainrule

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap ca-certificates libseccomp2 python3 tzdata util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 chainrule \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin chainrule
COPY --from=build /opt/chainrule /opt/chainrule
ENV PATH=/opt/chainrule/bin:/usr/bin:/bin HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
CMD ["chainrule", "web", "--host", "0.0.0.0"]
