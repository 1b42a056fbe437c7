# The program alone, in an image without a shell, for a user without rights: docker build -t counterpoint .
#
#   docker run --rm -v "$PWD:/work" counterpoint gate experiment.toml
#
# Jobs that are attached by a command need their own runtime: begin such an image with theirs, and take the program from here:
#   COPY --from=counterpoint /usr/local/bin/counterpoint /usr/local/bin/
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --locked --release --features parquet && strip target/release/counterpoint

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/release/counterpoint /usr/local/bin/counterpoint
WORKDIR /work
# nonroot, by number: Kubernetes asks for one.
USER 65532
ENTRYPOINT ["/usr/local/bin/counterpoint"]
CMD ["--help"]
