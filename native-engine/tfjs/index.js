// poisonspot says which file its own copy of tfjs is.
module.exports = require(process.env.POISONSPOT_TFJS);
