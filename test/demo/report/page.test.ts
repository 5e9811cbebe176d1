import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { check } from '../../../demo/check.ts';
import type { DemoRecording } from '../../../demo/report/demo-report.ts';
import { renderDemoReport } from '../../../demo/report/page.ts';
import { recording } from './recording.ts';

const VOID = new Set(['meta', 'br', 'img', 'link', 'hr', 'input', '!doctype']);

/** The first tag that does not close what is open, or null when the document is well-formed. */
function firstMisfit(page: string): string | null {
  const open: string[] = [];
  const markup = page.replace(/<(style|script)([^>]*)>[\s\S]*?<\/\1>/g, '');
  for (const [tag, closing, name = '', selfClosing] of markup.matchAll(/<(\/?)([a-z0-9!]+)[^<>]*?(\/?)>/gi)) {
    if (VOID.has(name.toLowerCase()) || selfClosing === '/') continue;
    if (closing !== '/') open.push(name);
    else if (open.pop() !== name) return tag;
  }
  return open.at(-1) ?? null;
}

/** Everything a reader sees or the script reads, with `text` put wherever the recording holds free text. */
function recordingWith(text: string): DemoRecording {
  const base = recording();
  const [group, ...others] = base.report.audit.groups;
  assert.ok(group);
  return {
    ...base,
    checks: [check(false, text, text), check(true, text, text)],
    tools: [{ asked: text, agrees: false, saw: text }],
    stalls: [{ topic: text, partition: 0, stallMs: 1 }],
    samples: base.samples.map(sample => ({ ...sample, lag: { [text]: { blue: 1, green: null } } })),
    report: {
      ...base.report,
      outcome: text,
      workflowId: text,
      blue: { ...base.report.blue, stack: text, version: text },
      audit: { ...base.report.audit, groups: [{ ...group, group: text }, ...others] },
    },
  };
}

/** The path of blue's line in the chart of the ends. */
const ends = (page: string) => /id="ends"[\s\S]*?class="line blue" d="([^"]+)"/.exec(page)?.[1] ?? '';

describe('the demo report page', () => {
  test('is well-formed', () => {
    assert.equal(firstMisfit(renderDemoReport(recording())), null);
  });

  test('refers to nothing outside itself', () => {
    const page = renderDemoReport(recording());
    assert.doesNotMatch(page, /\b(src|href|srcset|action)\s*=|url\(|@import|https?:\/\//i);
  });

  test('stays well-formed and runs nothing that a name or an error brings in', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom('</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '<!--', ']]>', '&lt;'),
    );
    fc.assert(
      fc.property(hostile, text => {
        const page = renderDemoReport(recordingWith(text));
        assert.equal(firstMisfit(page), null);
        assert.equal(page.match(/<script/g)?.length, 2);
        assert.doesNotMatch(page, /<img/);
      }),
      { numRuns: 30 },
    );
  });

  test('carries the series its cursor reads as JSON', () => {
    const page = renderDemoReport(recordingWith('</script>'));
    const data = /<script type="application\/json" id="recording">(.*?)<\/script>/s.exec(page)?.[1];
    const { at, series } = JSON.parse(data ?? '') as { at: number[]; series: Record<string, (number | null)[]> };
    assert.ok(Object.values(series).every(values => values.length === at.length));
    for (const [, id] of page.matchAll(/data-series="([^"]+)"/g)) assert.ok(series[id ?? ''], `${id} has no values`);
  });

  test('shows the figures of the audit, every phase and every group', () => {
    const page = renderDemoReport(recording());
    for (const text of ['118,204', '54,610', '63,594', 'decommission', 'group archive', '71 of 71 rows drained'])
      assert.ok(page.includes(text), `${text} is missing`);
  });

  test('draws a gap, not zero, where a cluster could not be seen', () => {
    const base = recording();
    const samples = base.samples.map((sample, second) => (second === 50 ? { ...sample, blueEnd: null } : sample));
    assert.equal(ends(renderDemoReport(base)).match(/M/g)?.length, 1);
    assert.equal(ends(renderDemoReport({ ...base, samples })).match(/M/g)?.length, 2);
  });

  test('says that a run was not clean, and why', () => {
    const page = renderDemoReport({
      ...recording(),
      checks: [check(false, 'No record was lost.', '2 records were lost.')],
    });
    assert.match(page, /deployed, not clean/);
    assert.match(page, /<li>2 records were lost\.<\/li>/);
  });

  test('can be drawn before anything was sampled', () => {
    const { report } = recording();
    const phases = report.phases.map(phase => ({ ...phase, start: null, end: null, seconds: null, evidence: null }));
    const page = renderDemoReport({
      ...recording(),
      report: { ...report, phases, ledger: null },
      samples: [],
      stalls: [],
      tools: [],
    });
    assert.equal(firstMisfit(page), null);
  });

  describe('of a run that went back', () => {
    const base = recording();
    const withoutGreen: DemoRecording = {
      ...base,
      report: { ...base.report, scenario: 'reject', ending: 'undone', outcome: 'rejected', ledger: null },
      stalls: [],
      tools: [],
      samples: base.samples.map(sample => ({
        ...sample,
        greenEnd: null,
        lag: Object.fromEntries(Object.entries(sample.lag).map(([group, lag]) => [group, { ...lag, green: null }])),
      })),
    };
    const returned: DemoRecording = {
      ...withoutGreen,
      samples: base.samples,
      report: {
        ...withoutGreen.report,
        scenario: 'rollback-after-flip',
        ending: 'returned',
        outcome: 'rolled-back',
        stranded: { orders: '4711', clicks: '12' },
        audit: { ...base.report.audit, stranded: { orders: 4_711, clicks: 13 } },
      },
    };

    test('is well-formed, and draws nothing of a green that nobody saw', () => {
      const page = renderDemoReport(withoutGreen);
      assert.equal(firstMisfit(page), null);
      const drawn = page.replace(/<script[\s\S]*?<\/script>/g, '');
      assert.doesNotMatch(drawn, /id="lag-green"|class="line green"|NaN|undefined|Infinity/);
      assert.match(page, /id="lag-blue"/);
      assert.match(page, /undone before the flip/);
    });

    test('claims nothing of an end that did not come', () => {
      for (const page of [withoutGreen, returned].map(renderDemoReport))
        assert.doesNotMatch(page, /Blue is deleted|never move again|Write stall at the flip|median write stall/);
    });

    test('shows what stays on green by the count of the run and of the auditor', () => {
      const page = renderDemoReport(returned);
      assert.equal(firstMisfit(page), null);
      assert.match(page, /<td>orders<\/td><td>4,711<\/td><td>4,711<\/td>/);
      assert.match(page, /<td>clicks<\/td><td>12<\/td><td>13<\/td>/);
      assert.match(page, /<b>4,724<\/b><span>stay on green/);
      assert.doesNotMatch(renderDemoReport(withoutGreen), /What stays on green/);
    });
  });

  test('shows what the applications gave up, by kind', () => {
    const { report } = recording();
    const page = renderDemoReport({
      ...recording(),
      report: { ...report, clients: 'plain', givenUp: { TIMED_OUT: 1_234 } },
    });
    assert.match(page, /<td>TIMED_OUT<\/td><td>1,234<\/td>/);
    assert.match(page, /plain clients that their owners restart/);
    assert.doesNotMatch(renderDemoReport(recording()), /Sends given up/);
  });
});
