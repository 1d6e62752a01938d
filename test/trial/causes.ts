/** For everything that is wrong in a sample: what its dead letter must say. */
export const causes: Readonly<Record<string, RegExp>> = {};
