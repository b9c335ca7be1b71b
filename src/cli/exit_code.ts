/** Exit codes of every command, after sysexits.h, so that units and scripts can tell a typo from a crash. */
export const EXIT_CODE = {
  /** It worked. */
  ok: 0,
  /** The server answered and said no. */
  refused: 1,
  /** `opsen demo`: it ended before it had shown a placement and a refusal. */
  incomplete: 1,
  /** `opsen health`: it answers, but not all is well. */
  warning: 1,
  /** `opsen db check`: it can be used, but not all is well. */
  findings: 1,
  /** `opsen cert inspect`: the certificate is not good today. */
  expired: 1,
  /** `opsen geoip lookup`: an address has no place. */
  noPlace: 1,
  /** No server answered. */
  unreachable: 2,
  /** `opsen health`: no server answers, or it has nobody for new work. */
  critical: 2,
  /** `opsen drain`: the time to wait, or the deadline, has passed with work left. */
  unfinished: 3,
  /** `opsen health`: it can't be told, also because of the command line: monitoring knows no codes above 3. */
  unknown: 3,
  /** EX_USAGE: the command line, the environment or the configuration file is wrong; nothing was started. */
  usage: 64,
  /** EX_DATAERR: `opsen db check`: the database is damaged. */
  damagedDatabase: 65,
  /** EX_DATAERR: `opsen cert inspect`: there is no certificate, or a broken one. */
  noCertificate: 65,
  /** EX_DATAERR: `opsen geoip`: there is no database of places, or it is none that can be used. */
  noGeoDatabase: 65,
  /** EX_UNAVAILABLE: something the program needs, such as its port, can't be had. */
  unavailable: 69,
  /** EX_SOFTWARE: something failed that nobody expected. */
  software: 70,
  /** EX_IOERR: `opsen geoip download`: the file can't be written. */
  ioError: 74,
  /** EX_IOERR: the database file can't be used. */
  unusableDatabase: 74,
  /** EX_NOPERM: `opsen install`: not by this user, or not on this machine. */
  notPermitted: 77,
} as const;
