/** Server keys: certificates of the server, of its callers and of its backends. */
import { flag, group, list, text } from "./key.ts";
import { NAME, orEmpty, PATH } from "./text_format.ts";

const OPTIONAL_PATH = orEmpty(PATH);

/** Certificates. */
export const TLS_KEYS = {
  tls_cert_file: text({
    help: "Certificate of the server, none for plain HTTP",
    default: "",
    format: OPTIONAL_PATH,
  }),
  tls_key_file: text({
    help: "Private key of the certificate",
    default: "",
    format: OPTIONAL_PATH,
  }),
  tls: list({
    help: "Further certificates, by host name",
    of: group({
      hosts: list({
        help: "Host names the certificate is for",
        of: text({
          help: 'A host name, which may start with "*."',
          format: NAME,
        }),
      }),
      cert_file: text({ help: "Certificate", format: PATH }),
      key_file: text({ help: "Private key of the certificate", format: PATH }),
    }, { help: "A certificate and the host names it is for" }),
    default: [],
    itemsMax: 1000,
  }),
  tls_client_ca_file: text({
    help: "Authority whose certificates callers must show",
    default: "",
    format: OPTIONAL_PATH,
  }),
  tls_client_require: flag({
    help:
      "Turn callers without a certificate of tls_client_ca_file away; otherwise only wrong ones are",
    default: true,
  }),
  tls_insecure_skip_verify: flag({
    help: "Take any certificate of a backend; for tests only",
    default: false,
  }),
  upstream_ca_file: text({
    help: "Authority of the backends' certificates",
    default: "",
    format: OPTIONAL_PATH,
  }),
  upstream_cert_file: text({
    help: "Certificate shown to backends",
    default: "",
    format: OPTIONAL_PATH,
  }),
  upstream_key_file: text({
    help: "Private key of that certificate",
    default: "",
    format: OPTIONAL_PATH,
  }),
};
