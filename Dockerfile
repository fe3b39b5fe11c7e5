# syntax=docker/dockerfile:1
# docker-compose.yml says which version it builds with.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# The dependencies first: they change less often than the sources.
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# What the image is made of (CycloneDX), as `npm run sbom` prints it.
RUN npm run build && npm prune --omit=dev && npm run --silent sbom > sbom.cdx.json

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
# All of it belongs to root: the service can read itself, and change nothing.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/sbom.cdx.json ./
USER node
EXPOSE 3000 3001 3002
# Alive, not ready: while the broker or the database is away a restart would not help. Which of the two
# programs runs here, and so which port it is, can be told from the command of process 1.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=6 \
  CMD ["node", "-e", "const { API_PORT, PROCESSOR_PORT } = process.env; const isApi = fs.readFileSync('/proc/1/cmdline', 'latin1').includes('subscriptions-api'); fetch(`http://127.0.0.1:${isApi ? API_PORT || 3000 : PROCESSOR_PORT || 3001}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# The processor; the API is the same image with another command: node dist/apps/subscriptions-api/src/main.js
# As process 1 Node would reap no orphans and take no default signals: run with --init, as compose does.
CMD ["node", "dist/apps/notification-processor/src/main.js"]
