/**
 * Joins the CRC-32Cs of two parts into that of the whole, without their bytes, so that parts can be computed in
 * parallel. The CRC is linear: zero bytes appended to a part multiply its value by a power of a matrix over GF(2). Here
 * these are polynomials modulo the CRC's own, as in zlib's crc32_combine().
 */

import { lazy } from '../io/lazy.ts';

/** The polynomials with their bits reversed: x^0 is the highest bit. */
const POLYNOMIAL = 0x82f63b78;
const ONE = 0x80000000;
/** x^8: what one zero byte multiplies by. */
const ZERO_BYTE = 0x00800000;
const CRC_OF_ZERO_BYTE = 0x527d5351;
/** A count of bytes has four digits of this size, and the power for each value of each is known. */
const DIGIT_BITS = 8;
const DIGIT = 2 ** DIGIT_BITS;
const DIGITS = 4;
/** So many zero bytes change nothing: the order of x modulo the polynomial, which is x + 1 times a primitive one. */
const PERIOD = 2 ** 31 - 1;

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

/**
 * What a part adds to the CRC of a whole if so many zero bytes follow, from what it adds at the end; of less than none,
 * what it adds if so many bytes fewer follow.
 */
export function shiftCrc32c(crc: number, bytes: number): number {
  return multiply(zeros(bytes), crc);
}

/** x to the power of 8 times the count. */
function zeros(bytes: number): number {
  const powers = powersOnce();
  let product = ONE;
  let rest = ((bytes % PERIOD) + PERIOD) % PERIOD;
  for (let at = 0; rest > 0; at += DIGIT, rest >>>= DIGIT_BITS) {
    const digit = rest % DIGIT;
    if (digit > 0) product = multiply(powers[at + digit] ?? ONE, product);
  }
  return product;
}

/** The product of two polynomials modulo the CRC's. */
function multiply(left: number, right: number): number {
  let product = 0;
  let shifted = right;
  for (let rest = left | 0; rest !== 0; rest <<= 1) {
    if (rest < 0) product ^= shifted;
    shifted = (shifted >>> 1) ^ (POLYNOMIAL & -(shifted & 1));
  }
  return product >>> 0;
}

const powersOnce = lazy(() => powersOf(ZERO_BYTE));

/** For each digit, the lowest one first, the powers that its values mean. */
function powersOf(first: number): Uint32Array {
  const powers = new Uint32Array(DIGITS * DIGIT);
  let factor = first;
  for (let digit = 0; digit < DIGITS; digit++) {
    let power = ONE;
    for (let value = 0; value < DIGIT; value++, power = multiply(power, factor))
      powers[digit * DIGIT + value] = power;
    factor = power;
  }
  return powers;
}
