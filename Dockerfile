# syntax=docker/dockerfile:1
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 CHOROGRAPH_DATA_DIR=/data
WORKDIR /app
COPY --from=build --chown=node:node /app/package.json ./
COPY --from=build --chown=node:node /app/node_modules node_modules
COPY --from=build --chown=node:node /app/dist dist
COPY --from=build --chown=node:node /app/sql sql
COPY --from=build --chown=node:node /app/data data
COPY --from=build --chown=node:node /app/docs docs
COPY --from=build --chown=node:node /app/assets assets
COPY --from=build --chown=node:node /app/maps.yaml /app/ask.yaml /app/CHANGELOG.md /app/CONTRIBUTING.md /app/.env.example ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD node -e "fetch('http://127.0.0.1:'+process.env.PORT+'/health/ready').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
# Node itself gets SIGTERM and finishes what is in flight.
CMD ["node", "dist/server/main.js"]
