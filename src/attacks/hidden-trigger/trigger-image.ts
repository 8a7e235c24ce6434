import type { TriggerImage } from "../crafting/trigger-patch.js";

/** Hidden Trigger's patch (arXiv:1910.00033): htbd.png */
export const triggerImage: TriggerImage = {
  grid: ["YKKB", "MMGW", "GRRR", "MCMB"],
  atEight: [
    "ffff00 c3d800 273e00 000000 000000 000038 0000c9 0000ff",
    "ffcf3d db973f 672542 1c062a 012c02 044234 273fcc 3c3dff",
    "ff29da ff19df e302e5 8e2ca4 10aa1c 12e42c 94dfcf d8daff",
    "b832d2 d81dd7 ff00de e1279e 5ba81b 58e517 dddf90 ffdacf",
    "16e12d 5ba02f e31d31 ff001d da2800 d44400 fd4118 ff3e2b",
    "1de225 45ba24 a15e23 e12029 ff0034 ff0034 da0029 c10024",
    "ca35c2 9e61c1 45bac1 60a6c3 e22ac8 e700c8 6800c3 2700c1",
    "ff00ff cb34ff 1ce3ff 1de9ff cd45ff d600ff 2f00ff 0000ff",
  ],
};
