/** Tells in time that certificates end. Owns what was told; bounded by the certificates of the configuration. */
import { expiryStage } from "../policy/expiry_stage.ts";
import type { Clock, EventSink, Logger } from "../ports.ts";
import type { ReadCertificate } from "./certificate_files.ts";

/** Who is told, and when it is. */
export interface CertificateEndsParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly events: EventSink;
}

/** Tells of each certificate once in each stage. */
export class CertificateEnds {
  readonly #parts: CertificateEndsParts;
  /** Stages that were told, by file and certificate. */
  #told = new Map<string, number>();

  constructor(parts: CertificateEndsParts) {
    this.#parts = parts;
  }

  /** Looks at the certificates that are in use. */
  look(certificates: Iterable<ReadCertificate>): void {
    const now = this.#parts.clock.wallMs();
    const told = new Map<string, number>();
    for (const { end } of certificates) {
      const { file, fingerprint, names, notAfterMs } = end;
      const { stage, daysLeft } = expiryStage(notAfterMs, now);
      const id = `${fingerprint} ${file}`;
      const before = told.get(id) ?? this.#told.get(id) ?? 0;
      told.set(id, Math.max(stage, before));
      if (stage <= before) continue;
      const not_after = new Date(notAfterMs).toISOString();
      this.#tell({ file, names, not_after, days_left: daysLeft });
    }
    this.#told = told;
  }

  #tell(data: Readonly<Record<string, unknown>> & { days_left: number }): void {
    const { logger, events } = this.#parts;
    if (data.days_left < 0) logger.error("A certificate has expired", data);
    else logger.warn("A certificate expires soon", data);
    events.emit({ type: "certificate.expiring", data });
  }
}
