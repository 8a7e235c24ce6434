const { createRequire } = require("node:module");

module.exports = createRequire(process.env.POISONSPOT_TFJS)("@tensorflow/tfjs-core");
