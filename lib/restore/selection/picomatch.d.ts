/** What is used of picomatch, which comes without types. */

declare module 'picomatch' {
  interface Options {
    /** Whether wildcards match names that begin with a dot. */
    readonly dot?: boolean;
    /** Whether "!" at the beginning is a character like any other. */
    readonly nonegate?: boolean;
    /** Whether "+(...)" and the like are characters like any others. */
    readonly noext?: boolean;
  }
  export default function picomatch(pattern: string, options?: Options): (path: string) => boolean;
}
