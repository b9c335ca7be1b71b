/** All kinds of abuse, in the order in which they are tried. */
import type { AttackKind } from "./case.ts";
import { COMPRESSION } from "./cases/compression.ts";
import { ENDPOINTS } from "./cases/endpoints.ts";
import { ENROLMENT } from "./cases/enrolment.ts";
import { FLOODS } from "./cases/floods.ts";
import { FORGED_CALLERS } from "./cases/forged.ts";
import { KEEPING } from "./cases/keeping.ts";
import { KEY_ABUSE } from "./cases/keys.ts";
import { LOG_INJECTION } from "./cases/log_injection.ts";
import { LIMITS } from "./cases/limits.ts";
import { OVERSIZE } from "./cases/oversize.ts";
import { PAGES } from "./cases/pages.ts";
import { PATHS } from "./cases/paths.ts";
import { SLOW } from "./cases/slow.ts";
import { SMUGGLING } from "./cases/smuggling.ts";
import { TIMING } from "./cases/timing.ts";
import { TLS } from "./cases/tls.ts";
import { TOKENS } from "./cases/tokens.ts";

/** Every kind. */
export const KINDS: readonly AttackKind[] = [
  KEY_ABUSE,
  ENROLMENT,
  ENDPOINTS,
  TOKENS,
  TLS,
  FORGED_CALLERS,
  PAGES,
  PATHS,
  SMUGGLING,
  OVERSIZE,
  COMPRESSION,
  LOG_INJECTION,
  LIMITS,
  KEEPING,
  FLOODS,
  SLOW,
  TIMING,
];
