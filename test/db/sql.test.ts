import assert from 'node:assert/strict';
import { empty, ident, join, literal, named, sql, statement } from '../../server/db/sql.ts';

describe('sql``', () => {
  it('turns values into numbered parameters', () => {
    const query = sql`select * from t where a = ${1} and b = ${"x' or true"}`;
    assert.equal(query.text, 'select * from t where a = $1 and b = $2');
    assert.deepEqual(query.values, [1, "x' or true"]);
  });

  it('numbers parameters through nested fragments in order', () => {
    const where = join([sql`a = ${1}`, sql`b = any(${[2, 3]})`], ' and ');
    const query = sql`select ${sql`${0}::int`} where ${where} limit ${9}`;
    assert.equal(query.text, 'select $1::int where a = $2 and b = any($3) limit $4');
    assert.deepEqual(query.values, [0, 1, [2, 3], 9]);
  });

  it('quotes identifiers', () => {
    assert.equal(
      sql`select ${ident('my "odd" name')} from ${ident('S', 't')}`.text,
      'select "my ""odd"" name" from "S"."t"',
    );
  });

  it('refuses identifiers that cannot be', () => {
    assert.throws(() => ident(''));
    assert.throws(() => ident('a\0b'));
    assert.throws(() => ident());
  });

  it('quotes literals where no parameter may stand', () => {
    assert.equal(literal("it's").text, "'it''s'");
    assert.equal(literal('a\\b').text, " E'a\\\\b'");
    assert.throws(() => literal('\0'));
  });

  it('joins nothing to nothing', () => {
    assert.equal(sql`a${join([])}b${empty}`.text, 'ab');
  });

  it('keeps names and complete texts', () => {
    assert.deepEqual(named('n', sql`select ${1}`), { name: 'n', text: 'select $1', values: [1] });
    assert.deepEqual(statement('select 1'), { text: 'select 1', values: [] });
  });
});
