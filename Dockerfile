# The relay, and nothing else that could be attacked: one static file, the roots that it trusts, and a folder for the boards.
#
#	docker build -t edgeboard .
#	docker run -d -p 127.0.0.1:8080:8080 -p 127.0.0.1:8080:8080/udp -v boards:/data -e EDGEBOARD_OPEN=true edgeboard
#
# docs/deploy/README.md says more. For another architecture: docker build --platform linux/arm64.

# The builder runs as what it is, and builds for what is asked for.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build scripts/build.sh page
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=devel
RUN --mount=type=cache,target=/root/.cache/go-build GOOS=$TARGETOS GOARCH=$TARGETARCH scripts/build.sh programs
# What the image has besides: licences, a folder that the relay's user may write to, and one for temporary files.
RUN mkdir -p /root/image/data && mkdir -m 1777 /root/image/tmp && \
    go run ./scripts/release notices "$TARGETOS" "$TARGETARCH" >/root/image/NOTICES.txt

FROM scratch
ARG VERSION=devel
LABEL org.opencontainers.image.title="Edgeboard" \
      org.opencontainers.image.description="A live board for a team" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=$VERSION
# For what the relay asks others by HTTPS: sign-in, push services, webhooks, authorities of certificates.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /root/image/NOTICES.txt /
COPY --from=build /root/image/tmp /tmp
COPY --from=build --chown=10001:10001 /root/image/data /data
COPY --from=build /src/bin/relay /relay
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
ENV EDGEBOARD_ADDR=:8080 EDGEBOARD_DATA=/data
VOLUME /data
# WebTransport is on the same port of UDP.
EXPOSE 8080/tcp 8080/udp
# With others it waits for what they share for half a minute.
HEALTHCHECK --interval=10s --timeout=3s --start-period=40s --retries=3 CMD ["/relay", "health"]
ENTRYPOINT ["/relay"]
