/** The four response codes that anything here says (RFC 1035 section 4.1.1), in the low bits of a message's flags. */
const CODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
const MASK = 0b1111;

export type ResponseCode = keyof typeof CODES;

export function bitsOf(code: ResponseCode): number {
  return CODES[code];
}

/** Every other code is a failure of the server's to us. */
export function codeIn(flags: number | undefined): ResponseCode {
  switch ((flags ?? CODES.SERVFAIL) & MASK) {
    case CODES.NOERROR:
      return 'NOERROR';
    case CODES.NXDOMAIN:
      return 'NXDOMAIN';
    case CODES.REFUSED:
      return 'REFUSED';
    default:
      return 'SERVFAIL';
  }
}
