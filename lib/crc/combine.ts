/**
 * Joins the CRC-32Cs of two parts into that of the whole, without their bytes, so that parts can be computed in
 * parallel. The CRC is linear: zero bytes appended to a part multiply its value by a power of a matrix over GF(2). Here
 * these are polynomials modulo the CRC's own, as in zlib's crc32_combine().
 */

/** The polynomials with their bits reversed: x^0 is the highest bit. */
const POLYNOMIAL = 0x82f63b78;
const ONE = 0x80000000;
/** x^8: what one zero byte multiplies by. */
const ZERO_BYTE = 0x00800000;
const CRC_OF_ZERO_BYTE = 0x527d5351;

/** The CRC of two parts one after the other, from the CRC of each and the length of the second. */
export function combineCrc32c(first: number, second: number, secondBytes: number): number {
  return (multiply(zeros(secondBytes), first) ^ second) >>> 0;
}

/** The CRC of this number of zero bytes, by doubling. */
export function crc32cOfZeros(bytes: number): number {
  let crc = 0;
  let power = CRC_OF_ZERO_BYTE;
  let length = 1;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) crc = combineCrc32c(crc, power, length);
    power = combineCrc32c(power, power, length);
    length *= 2;
  }
  return crc;
}

/** x to the power of 8 times the count, by squaring. */
function zeros(bytes: number): number {
  let product = ONE;
  let power = ZERO_BYTE;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product = multiply(power, product);
    power = multiply(power, power);
  }
  return product;
}

/** The product of two polynomials modulo the CRC's. */
function multiply(left: number, right: number): number {
  let product = 0;
  let shifted = right;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if (left & bit) product ^= shifted;
    shifted = shifted & 1 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return product >>> 0;
}
