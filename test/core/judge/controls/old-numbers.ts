import { benchmarks } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';

const [oldest, ...later] = benchmarks;

/** Numbers that only the oldest version of the benchmark has: they mean a control that has another number today. */
export const oldNumbers: readonly { readonly number: string; readonly slug: string; readonly version: string }[] =
  controls.flatMap(({ slug, numbers }) => {
    const number = numbers[oldest]?.number;
    const isKept = controls.some((each) => later.some((version) => each.numbers[version]?.number === number));
    return number === undefined || isKept ? [] : [{ number, slug, version: oldest }];
  });
