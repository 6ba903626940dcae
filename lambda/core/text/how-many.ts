/** `1 node`, `2 nodes` */
export const howMany = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
