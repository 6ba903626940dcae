import * as z from 'zod/mini';
import { wholeResult } from '../../lambda/core/report/saved-result/result-schema.ts';

/** docs/schema/result-1.json, made of what the program itself reads a saved result with. */
export const resultSchema = (): string =>
  `${JSON.stringify(
    {
      $id: 'result-1.json',
      title: 'Result of an audit, as `audit --format json` and `evaluate --format json` print it (schemaVersion 1)',
      ...z.toJSONSchema(wholeResult, { io: 'input', reused: 'ref' }),
    },
    undefined,
    2,
  )}\n`;
