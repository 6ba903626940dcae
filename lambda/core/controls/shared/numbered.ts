import type { Assessment, Numbers } from '../../control.ts';

type Version = '1.2.0' | '1.4.0' | '1.5.0' | '1.7.0' | '1.8.0';

/** `{ '1.8.0': '3.2.3 A' }` → the control's numbers: A is automated, M manual. A version that is left out has no such control. */
export function numbered(versions: Readonly<Partial<Record<Version, `${string} ${'A' | 'M'}`>>>): Numbers {
  return Object.fromEntries(
    Object.entries(versions).map(([version, text]) => {
      const [number = '', letter] = text.split(' ');
      const assessment: Assessment = letter === 'M' ? 'manual' : 'automated';
      return [`cis-eks-${version}`, { number, assessment }];
    }),
  );
}
