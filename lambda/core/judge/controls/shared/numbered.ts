import type { Assessment, Benchmark, Numbers } from '../../control.ts';

type Version = Benchmark extends `cis-eks-${infer Text}` ? Text : never;
type Numbered = Readonly<Record<Version, `${string} ${'A' | 'M'}`>>;
/** One version at least: a control of a benchmark that no version numbers would be in no list. */
type SomeNumbered = { [Each in Version]: Pick<Numbered, Each> & Partial<Numbered> }[Version];

/** `{ '1.8.0': '3.2.3 A' }` → the control's numbers: A is automated, M manual. A version that is left out has no such control. */
export function numbered(versions: SomeNumbered): Numbers {
  return Object.fromEntries(
    Object.entries(versions).map(([version, text]) => {
      const [number = '', letter] = text.split(' ');
      const assessment: Assessment = letter === 'M' ? 'manual' : 'automated';
      return [`cis-eks-${version}`, { number, assessment }];
    }),
  );
}
