/** All kinds of abuse, in the order in which they are tried. */
import type { AttackKind } from "./case.ts";
import { ENROLMENT } from "./cases/enrolment.ts";
import { FORGED_CALLERS } from "./cases/forged.ts";
import { KEY_ABUSE } from "./cases/keys.ts";
import { OVERSIZE } from "./cases/oversize.ts";
import { PATHS } from "./cases/paths.ts";
import { SMUGGLING } from "./cases/smuggling.ts";

/** Every kind. */
export const KINDS: readonly AttackKind[] = [
  KEY_ABUSE,
  ENROLMENT,
  FORGED_CALLERS,
  PATHS,
  SMUGGLING,
  OVERSIZE,
];
