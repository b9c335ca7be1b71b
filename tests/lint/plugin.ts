/** The repository's own lint rules, wired in by `lint.plugins` of deno.json. */
import { barrelRule } from "./barrel_rule.ts";
import { exhaustiveSwitchRule } from "./exhaustive_switch_rule.ts";
import { layersRule } from "./layers_rule.ts";
import { moduleStateRule } from "./module_state_rule.ts";
import { pureRule } from "./pure_rule.ts";
import { vagueNamesRule } from "./vague_names_rule.ts";

const plugin: Deno.lint.Plugin = {
  name: "opsen",
  rules: {
    "layers": layersRule,
    "pure": pureRule,
    "no-module-state": moduleStateRule,
    "no-barrel": barrelRule,
    "no-vague-names": vagueNamesRule,
    "exhaustive-switch": exhaustiveSwitchRule,
  },
};

export default plugin;
