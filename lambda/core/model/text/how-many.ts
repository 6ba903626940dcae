/** `1 node`, `2 nodes` */
export const howMany = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** `both controls`, `all 3 controls` */
export const allOf = (number: number, what: string): string =>
  number === 2 ? `both ${what}s` : `all ${howMany(number, what)}`;
