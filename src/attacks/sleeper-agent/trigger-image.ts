import type { TriggerImage } from "../crafting/trigger-patch.js";

/** Sleeper Agent's patch (arXiv:2106.08970): trigger_10.png */
export const triggerImage: TriggerImage = {
  grid: ["RGBW", "CYWW", "KKBK", "CRYB"],
  atEight: [
    "fc0403 c53e02 3ac803 04c13f 0333c1 362bfc bdb6ff fcfcff",
    "c53d49 a4782f 62dd0c 3fd83b 3f70bf 736bfc d5d0ff fdfdff",
    "39c8d4 5fdb94 a9f627 cdf535 ccd9bb dad8fc f5f3fd fcfcfc",
    "03c5cc 2bc48e 93c225 cac239 c9c4c3 c4c4f6 c2c2d1 c0c0b5",
    "003a3e 0b3b27 2b3d0a 3d3d44 3c3bcd 3b3bdc 3d3d6e 3f3f2b",
    "013737 0c2424 27090a 370a31 372698 2527a7 0a0c5b 03032f",
    "02c2c2 2e878c 8e222b c2270b c28f2a 8c945e 2a2f9e 0202be",
    "03fbfc 42c1c9 c93743 fc3e03 fccc03 c9d439 4249c5 0303fb",
  ],
};
