import junit, { type Builder, type TestCase, type TestSuite } from 'junit-report-builder';
import { productName } from '../../../contract/names.ts';
import { statusReasons } from '../../findings/asff/status-reasons.ts';
import type { RolledUp } from '../../findings/roll-up.ts';
import { findControl } from '../../judge/controls/catalogue/find-control.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany } from '../../model/text/words.ts';
import type { FailingFrom } from '../../run/outcome.ts';
import { counts, decidingResults, groupOf, isOfNextNode } from '../deciding-results.ts';
import {
  clusterId,
  type NotLookedAt,
  notLookedAtBy,
  notLookedAtIn,
  placeText,
  plain as plainLine,
} from '../not-looked-at.ts';
import { controlTitle, groupName } from '../posture.ts';
import { numberedFor, type Report, type ReportedControls } from '../report.ts';

interface JunitReportOptions extends ReportedControls {
  /** With `unknown`, a node that could not be read is an error; otherwise it is skipped, with the reason. */
  readonly failOn?: FailingFrom;
}

/**
 * JUnit's XML as CI systems read it: a suite a cluster, a case a node group × control. `fail` is a failure and `warn` an error. What is unknown, waived or
 * not applicable is skipped, with the reason. A problem of a cluster or of the run is an error
 * in a case of its own.
 */
export function junitReport(options: JunitReportOptions): Report {
  const builder = newBuilder().name(productName);

  return {
    cluster(audit) {
      addSuite(builder, audit, numberedFor(options, audit));
      return [];
    },
    *end(run) {
      const left = notLookedAtBy(run).map((each) => ({
        ...each,
        code: [each.code, placeText(each.place)].filter(Boolean).join(' '),
      }));
      if (left.length > 0) addNotLookedAt(builder.testSuite().name('not looked at'), left, options);
      // Jenkins' schema knows `skipped` of a suite only. The first tag is written by this program, with any text in the suites.
      yield `${builder.build().replace(/^(<\?xml[^>]*>\s*<testsuites[^>]*?) skipped="\d+"/, '$1')}\n`;
    },
  };
}

function addSuite(builder: Builder, audit: ReportedAudit, options: JunitReportOptions): void {
  const suite = builder
    .testSuite()
    .name(plain(clusterId(audit.cluster)))
    .timestamp(audit.auditedAt);

  for (const rolled of decidingResults(audit, options.controls)) addCase(suite, rolled, options);
  addNotLookedAt(suite, notLookedAtIn(audit, options.benchmark), options);
}

function addCase(suite: TestSuite, rolled: RolledUp, { benchmark, failOn }: JunitReportOptions): void {
  const subject = groupOf(rolled);
  const group = `${isOfNextNode(rolled) ? 'next node of ' : ''}${subject ? groupName(subject) : 'the cluster'}`;
  const test = suite
    .testCase()
    .className(plain(group))
    .name(plain(controlTitle(rolled.control, benchmark)));
  const reasons = statusReasons(rolled).map(({ Description }) => plain(Description));
  const [first = rolled.status] = reasons;

  const isSkipped = rolled.status === 'not-applicable' || (rolled.status !== 'pass' && !counts(rolled, failOn));
  if (isSkipped || rolled.waiver?.state === 'active') skip(test, reasons);
  else if (rolled.status === 'fail')
    test
      .failure(
        rolled.verdict ? first : `${howMany(rolled.counts.fail, 'node')} failing: ${first}`,
        rolled.control.severity,
      )
      .stacktrace(reasons.join('\n'));
  else if (rolled.status !== 'pass') test.error(first, rolled.status, reasons.join('\n'));
}

/** Controls that the sources can't show are skipped cases; what went wrong is an error. */
function addNotLookedAt(suite: TestSuite, left: readonly NotLookedAt[], { benchmark }: JunitReportOptions): void {
  for (const { code, message, remedy, controls } of left) {
    const named = (className: string, name: string) => suite.testCase().className(className).name(plain(name));
    if (!controls) named('problems', code).error(plain(message), 'problem', plain(remedy));
    for (const slug of controls ?? []) {
      const control = findControl(slug);
      skip(named('not looked at', control ? controlTitle(control, benchmark) : slug), [
        plain(`not looked at: ${remedy}`),
      ]);
    }
  }
}

/** The package writes `<skipped/>` without the reason. The schema of Jenkins allows a text in it, and no attribute. */
function skip(test: TestCase, reasons: readonly string[]): void {
  const [first = 'not applicable'] = reasons;
  test.getSkippedCount = () => 1;
  const build = test.build.bind(test);
  test.build = (parent) => {
    const element = build(parent);
    element.ele('skipped').txt(first);
    if (reasons.length > 0) element.ele('system-out').cdata(reasons.join('\n'));
    return element;
  };
}

/** The end of a CDATA section, which the package breaks up once a text only, is no text of a node. */
const plain = (text: string): string => plainLine(text).replaceAll(']]>', ']] >');

/** The package is CommonJS and exports the builder itself, where its types speak of a `default`: what is there is looked at. */
function newBuilder(): Builder {
  const exported: unknown = junit;
  if (!makesBuilders(exported)) throw new TypeError('junit-report-builder exports no builder');
  return exported.newBuilder();
}

const makesBuilders = (value: unknown): value is Pick<Builder, 'newBuilder'> =>
  typeof value === 'object' && value !== null && 'newBuilder' in value && typeof value.newBuilder === 'function';
