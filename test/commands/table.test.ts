import assert from 'node:assert/strict';
import { formatTable, toNameValueRows } from '../../src/table.ts';
import { cellsOf } from './operator.ts';

describe('a table', () => {
  it('leaves cells without a value empty and shows times to the second', () => {
    const at = new Date('2026-03-04T05:06:07.890Z');
    const table = formatTable([{ at, none: null, nothing: undefined, no: false, zero: 0 }], false);
    assert.deepEqual(cellsOf(table), [
      ['at', 'none', 'nothing', 'no', 'zero'],
      ['2026-03-04 05:06:07', '', '', 'false', '0'],
    ]);
  });

  it('lets no value steer the terminal or break its line', () => {
    const table = formatTable([{ name: 'A\u001b[31mda\nEve\r\u009b' }], false);
    assert.deepEqual(cellsOf(table), [['name'], ['A [31mda Eve']]);
    assert.doesNotMatch(table, /\p{Cc}(?<!\n)/u);
  });

  it('of one thing names nested parts with dots', () => {
    const at = new Date(0);
    assert.deepEqual(toNameValueRows({ id: 'x', a: { b: { c: 1 }, at }, list: ['y'], none: null }), [
      { name: 'id', value: 'x' },
      { name: 'a.b.c', value: 1 },
      { name: 'a.at', value: at },
      { name: 'list.0', value: 'y' },
      { name: 'none', value: null },
    ]);
  });
});
