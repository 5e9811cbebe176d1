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
});
