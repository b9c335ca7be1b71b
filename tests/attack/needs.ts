/** What each path of the API needs to be shown, as whoever holds its keys would say it. */

/** What a path asks for; `input` is for one that is open, and answers 200 only to what these cases don't send. */
export type Need =
  | "nothing"
  | "input"
  | "token"
  | "agent"
  | "route"
  | "read"
  | "admin";

/** What each path needs; one that is not here fails, so that a new one can't be forgotten. */
export const NEEDS: Readonly<Record<string, Need>> = {
  "GET /health": "nothing",
  "GET /_opsen/livez": "nothing",
  "GET /_opsen/readyz": "nothing",
  "POST /_opsen/enrol": "token",
  "POST /register": "agent",
  "POST /stats": "agent",
  "POST /route": "route",
  "GET /clients": "read",
  "POST /clients/purge": "admin",
  "DELETE /clients/purge": "admin",
  "POST /clients/purge-pending": "admin",
  "DELETE /clients/purge-pending": "admin",
  "GET /_opsen/leases": "read",
  "GET /_opsen/leases/:id": "route",
  "DELETE /_opsen/leases/:id": "route",
  "POST /_opsen/leases/:id/confirm": "route",
  "POST /_opsen/leases/:id/renew": "route",
  "GET /_opsen/sticky": "read",
  "DELETE /_opsen/sticky": "admin",
  "DELETE /_opsen/sticky/:sticky_id": "admin",
  "GET /_opsen/drains": "read",
  "GET /_opsen/backends/:id/drain": "read",
  "POST /_opsen/backends/:id/drain": "admin",
  "POST /_opsen/backends/:id/undrain": "admin",
  "GET /_opsen/decisions": "read",
  "GET /_opsen/decisions/:request_id": "read",
  "POST /_opsen/config/reload": "admin",
  "POST /_opsen/config/rollback": "admin",
  "GET /_opsen/config/history": "read",
  "GET /_opsen/log-level": "read",
  "POST /_opsen/log-level": "admin",
  "DELETE /_opsen/log-level": "admin",
  "GET /_opsen/audit": "admin",
  "GET /_opsen/openapi.json": "nothing",
  "GET /_opsen/docs": "nothing",
  "GET /_opsen/keys": "admin",
  "POST /_opsen/keys": "admin",
  "DELETE /_opsen/keys/:name": "admin",
  "POST /_opsen/keys/:name/restore": "admin",
  "GET /_opsen/tokens": "admin",
  "POST /_opsen/tokens": "admin",
  "DELETE /_opsen/tokens/:id": "admin",
  "GET /_opsen/queue": "read",
  "GET /_opsen/metrics": "read",
  "GET /_opsen/stats/:client_id": "read",
  "GET /_opsen/ui": "nothing",
  "GET /_opsen/ui/:file": "input",
  "GET /_opsen/ui/feed": "read",
  "GET /_opsen/ui/session": "read",
  "POST /_opsen/ui/login": "input",
  "POST /_opsen/ui/logout": "nothing",
};
