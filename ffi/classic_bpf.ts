/**
 * Two programs in classic BPF (bpf(4), kernel Documentation/networking/filter.rst) for listening sockets that are about
 * to close. Pure: values in, bytes out.
 */

/** One sock_filter: u16 code, u8 jump if true, u8 jump if false, u32 constant. */
export const BPF_INSTRUCTION_BYTES = 8;
/** What the kernel takes, BPF_MAXINSNS. */
export const BPF_INSTRUCTIONS_MAX = 4_096;

const LOAD_BYTE = 0x30;
const AND = 0x54;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

/** Where the flags are in a TCP header (RFC 9293, section 3.1), with which the packet begins for such a filter. */
const FLAGS_AT = 13;
const SYN = 0x02;
const ACK = 0x10;
const WHOLE_PACKET = 0xffff_ffff;

/**
 * Drops what would begin a connection and lets everything else pass, so that handshakes under way are finished. Whoever
 * is not answered asks again a second later.
 */
export function dropNewConnections(): Uint8Array<ArrayBuffer> {
  return program([
    [LOAD_BYTE, 0, 0, FLAGS_AT],
    [AND, 0, 0, SYN | ACK],
    [JUMP_IF_EQUAL, 0, 1, SYN],
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, WHOLE_PACKET],
  ]);
}

/** Chooses the socket with this index of those that share an address; with fewer the kernel chooses as it always does. */
export function chooseSocket(index: number): Uint8Array<ArrayBuffer> {
  return program([[RETURN, 0, 0, index]]);
}

function program(
  instructions: readonly (readonly [number, number, number, number])[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(instructions.length * BPF_INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  instructions.forEach(([code, ifTrue, ifFalse, constant], index) => {
    const at = index * BPF_INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, constant, true);
  });
  return bytes;
}
