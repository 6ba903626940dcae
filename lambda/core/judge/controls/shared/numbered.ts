import { type Assessment, type Benchmark, benchmarks, type Numbers } from '../../control.ts';

type Version = Benchmark extends `cis-eks-${infer Text}` ? Text : never;
type Versions = Version | `${Version} to ${Version}`;
type Numbered = Readonly<Record<Versions, `${string} ${'A' | 'M'}`>>;
/** One version at least: a control of a benchmark that no version numbers would be in no list. */
type SomeNumbered = { [Each in Versions]: Pick<Numbered, Each> & Partial<Numbered> }[Versions];

const order: readonly string[] = benchmarks;

/** `{ '1.2.0': '3.2.3 M', '1.4.0 to 2.0.0': '3.2.3 A' }` → the control's numbers: A is automated, M manual. Other versions have no such control. */
export function numbered(given: SomeNumbered): Numbers {
  return Object.fromEntries(
    Object.entries(given).flatMap(([versions, text]) => {
      const [number = '', letter] = text.split(' ');
      const assessment: Assessment = letter === 'M' ? 'manual' : 'automated';
      const [first, last = first] = versions.split(' to ').map((each) => `cis-eks-${each}`);
      return benchmarks
        .slice(order.indexOf(`${first}`), order.indexOf(`${last}`) + 1)
        .map((each) => [each, { number, assessment }]);
    }),
  );
}
