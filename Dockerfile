# The image of web, worker and migrate. The interpreter is Debian's, below /usr, where every box can read it.
#
#   docker build --build-arg TORCH_INDEX=<PyTorch's index of CPU wheels> \
#                --build-arg COMMIT="$(git describe --always --dirty --exclude '*')" -t chainrule .
#
# Without TORCH_INDEX pip may choose PyTorch's large wheels with CUDA: right for a machine with a card only.
# COMMIT is what `chainrule --version` in the image says it was built from; the image has no history to ask.
# NOTEBOOKS=no leaves out what submissions may import for data and plots (the extra `notebooks` of pyproject.toml).
# BASE names another image of Debian 12, such as one that knows a mirror and its certificates.

ARG BASE=debian:bookworm-slim
FROM $BASE AS build
ARG TORCH_INDEX=""
ARG NOTEBOOKS=yes
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/chainrule
ENV PATH=/opt/chainrule/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
# The dependencies are a layer of their own: a change of our code does not fetch PyTorch again.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
print(*project['dependencies'], *project['optional-dependencies']['notebooks'] * ('$NOTEBOOKS' == 'yes'), sep='\n')" \
        > needed.txt \
    && pip install --constraint constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --requirement needed.txt
COPY README.md LICENSE setup.py ./
COPY grader grader
COPY worker worker
COPY reference reference
COPY hidden_tests hidden_tests
# Late, since each commit has another.
ARG COMMIT=""
# pip compiled what it installed; the rest is compiled here, and what does not compile ends the build. Samples and
# handouts are data that the service reads as text, and some samples are broken on purpose.
RUN CHAINRULE_COMMIT="$COMMIT" pip install --no-deps --no-compile . \
    && cd /opt/chainrule/lib/python3*/site-packages \
    && python -m compileall -q -x '/(submissions|handout)/' grader worker reference hidden_tests
# Nothing below is read by a service: C++ headers, and PyTorch's own test programs and compiler of messages (its import
# asks for torch_shm_manager); the test suites of its dependencies; what only installs packages.
RUN cd /opt/chainrule/lib/python3*/site-packages \
    && rm -r torch/include torch/test \
    && find torch/bin -mindepth 1 ! -name torch_shm_manager -delete \
    && find sympy mpmath networkx numpy $(ls -d scipy pandas sklearn matplotlib 2>/dev/null) \
        -type d -name tests -prune -exec rm -r {} + \
    && pip uninstall --yes pip

FROM $BASE
RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap ca-certificates libseccomp2 python3 tzdata util-linux \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && groupadd --gid 10001 chainrule \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin chainrule
COPY --from=build /opt/chainrule /opt/chainrule
ENV PATH=/opt/chainrule/bin:/usr/bin:/bin HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
CMD ["chainrule", "web", "--host", "0.0.0.0"]
