# One small image: the program and its page. `docker build -t hubbub .`
#
# Every step is one that `make run` does on any machine.

FROM rust:1-bookworm AS build
WORKDIR /hubbub
COPY . .
RUN scripts/with-rust cargo xtask build --release

FROM debian:bookworm-slim
# For push services, pages that texts link, and buckets, which are reached by https.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/hubbub --shell /usr/sbin/nologin hubbub \
    && chmod 700 /var/lib/hubbub
# A release lists the names of its files (hash.txt) beside the program.
COPY --from=build /hubbub/target/release/hubbub /hubbub/target/release/hash.txt /opt/hubbub/
COPY --from=build /hubbub/target/site /opt/hubbub/site
RUN ln -s /opt/hubbub/hubbub /usr/local/bin/hubbub
USER hubbub
WORKDIR /var/lib/hubbub
ENV HUBBUB_DATA_DIR=/var/lib/hubbub HUBBUB_ADDRESS=0.0.0.0:3000 LEPTOS_SITE_ROOT=/opt/hubbub/site
VOLUME /var/lib/hubbub
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/3000 && printf 'GET /health/live HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '^live' <&3"]
ENTRYPOINT ["hubbub"]
CMD ["serve"]
