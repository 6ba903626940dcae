import { describe, expect, it } from 'vitest';
import { findingsCsvReport } from '../../../../lambda/core/report/formats/csv.ts';
import { textOf } from '../report-text.ts';
import { controls, everywhere } from '../telling-run.ts';
import { written } from '../written.ts';

/** Cells without a quotation mark, which are all of the first columns. */
const cells = (line: string) => line.split(',');
const rowsOf = (text: string) => text.trimEnd().split('\r\n');
const nodes = rowsOf(written('nodes-csv', controls, { clusters: everywhere }));
const findings = rowsOf(written('findings-csv', controls, { clusters: everywhere }));

describe('the lists of a report folder', () => {
  it('keep the names and places of their columns, since programs read them by either', () => {
    expect(nodes[0]).toBe(
      'account,region,cluster,audited_at,node_group,node_group_kind,node,node_key,node_kind,kubelet_version,owner,access,access_because,fail,waived,warn,unknown,pass,state',
    );
    expect(findings[0]).toBe(
      'account,region,cluster,audited_at,subject,node_group,node_group_kind,control,number,title,severity,status,nodes_fail,nodes_warn,nodes_unknown,nodes_pass,waived_until,waived_by,reason,remedy,requirements',
    );
  });

  it('have a row for each node, and one for each node group and control', () => {
    const ofBlue = nodes
      .slice(1)
      .map(cells)
      .filter(([, , cluster, , , , , key = '']) => cluster === 'blue' && key.startsWith('i-'));
    expect(ofBlue.map((row) => [row[7], row[11], ...row.slice(-6, -1)])).toEqual([
      ['i-00000000000000001', 'fail', '1', '1', '0', '2', '0'],
      ['i-00000000000000002', 'waived', '1', '0', '1', '0', '2'],
      ['i-00000000000000003', 'unknown', '0', '0', '1', '3', '0'],
      ['i-00000000000000004', 'pass', '0', '0', '0', '0', '2'],
    ]);
    const failing = findings
      .slice(1)
      .map(cells)
      .filter((row) => row[2] === 'blue' && row.includes('fail'));
    expect(failing.map((row) => [row[4], row[5], row[7]])).toEqual([
      ['node group', 'workers', 'kubelet-client-ca-file'],
      ['node group', 'others', 'kubelet-read-only-port'],
      ['cluster', '', 'cluster-proxy-holders'],
      ['next node', 'workers', 'kubelet-read-only-port'],
    ]);
  });

  it('name each control by the number of its cluster’s benchmark under auto', () => {
    const text = textOf(findingsCsvReport({ controls, benchmark: 'auto' }), { clusters: everywhere });
    const numbers = rowsOf(text)
      .slice(1)
      .map(cells)
      .filter((row) => row[7] === 'kubelet-client-ca-file');
    expect(new Set(numbers.map((row) => row[8]))).toEqual(new Set(['3.2.3']));
  });
});
