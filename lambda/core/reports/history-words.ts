import { howMany } from '../text/how-many.ts';

/** What no history can say, and every page of it must. */
export const notSeen = 'Nodes that lived only between two runs were not seen by any.';

/** `3.5 days` */
export const days = (number: number): string => howMany(Math.round(number * 10) / 10, 'day');
