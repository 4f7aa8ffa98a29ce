/** A column type, and texts of values that it may have: the usual, the odd and the last ones. */
export interface ColumnType {
  readonly type: string;
  readonly values: readonly string[];
}

const NUMBERS = ['0', '1', '-1.5', 'NaN', '1e-5'];
const DATES = [
  '2024-02-29',
  '0001-01-01',
  '0044-03-15 BC',
  '0001-12-31 BC',
  '12024-01-01',
  'infinity',
  '-infinity',
];
const TIMES = DATES.map((date) =>
  date.includes('infinity') ? date : date.replace(/^(\S+)/, '$1 12:34:56.789012'),
);

/** SQL that makes the types which are nobody's but ours. */
export const OWN_TYPES = `
  create type gen_mood as enum ('sad', 'ok', 'it''s, "quoted"');
  create type gen_pair as (a int, b text);
  create domain gen_positive as int check (value > 0);
  create domain gen_deep as gen_positive;
  create domain gen_date as date;
  create domain gen_json as json;
`;

export const COLUMN_TYPES: readonly ColumnType[] = [
  { type: 'boolean', values: ['true', 'false'] },
  { type: 'smallint', values: ['0', '-32768', '32767'] },
  { type: 'integer', values: ['0', '-2147483648', '2147483647'] },
  { type: 'bigint', values: ['0', '9007199254740991', '9007199254740993', '-9223372036854775808'] },
  { type: 'real', values: [...NUMBERS, '3.4028235e38', '1e-45', '0.1', 'Infinity', '-Infinity', '-0'] },
  {
    type: 'double precision',
    values: [...NUMBERS, '1.6e308', '5e-324', '0.1', 'Infinity', '-Infinity', '-0'],
  },
  {
    type: 'numeric',
    values: [...NUMBERS, '1e400', '-1e400', '1e-400', '0.1', 'Infinity', '123456789012345678'],
  },
  { type: 'numeric(10,2)', values: ['0', '1.10', '-99999999.99', 'NaN'] },
  { type: 'money', values: ['0', '12.34', '-1'] },
  { type: 'text', values: ['', 'a', 'ä "q" \\ 日本 𠮷', '__proto__', 'line\nbreak\t'] },
  { type: 'varchar(20)', values: ['', 'Abc', 'abc'] },
  { type: 'char(5)', values: ['', 'ab', 'abcde'] },
  { type: '"char"', values: ['a', ''] },
  { type: 'name', values: ['a_name', ''] },
  { type: 'bytea', values: ['', '\\xdeadbeef', '\\x00'] },
  { type: 'uuid', values: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12'] },
  { type: 'date', values: DATES },
  { type: 'timestamp', values: TIMES },
  { type: 'timestamptz', values: TIMES },
  { type: 'timestamp(0)', values: ['2024-02-29 23:59:59.6', 'infinity'] },
  { type: 'time', values: ['00:00', '24:00', '12:34:56.789'] },
  { type: 'timetz', values: ['00:00+14', '24:00-12'] },
  { type: 'interval', values: ['0', '1 day 02:00', '-178000000 years', '1 mon -1 day'] },
  {
    type: 'json',
    values: [
      'null',
      '{"a":"x\\u0000y"}',
      '{"a": 1e999999, "b":\n "\\ud800"}',
      '"text"',
      '12345678901234567890',
    ],
  },
  { type: 'jsonb', values: ['null', '{"a": [1, null]}', '"text"', '12345678901234567890', 'true'] },
  { type: 'jsonpath', values: ['$.a', '$[*] ? (@ > 1)'] },
  { type: 'xml', values: ['<a/>', '<a b="c">é</a>'] },
  { type: 'bit(3)', values: ['101'] },
  { type: 'bit varying', values: ['', '10'] },
  { type: 'inet', values: ['10.0.0.1', '::1/64'] },
  { type: 'cidr', values: ['10.0.0.0/8'] },
  { type: 'macaddr', values: ['08:00:2b:01:02:03'] },
  { type: 'macaddr8', values: ['08:00:2b:01:02:03:04:05'] },
  { type: 'point', values: ['(1,2)', '(NaN,Infinity)'] },
  { type: 'line', values: ['{1,2,3}'] },
  { type: 'lseg', values: ['[(1,2),(3,4)]'] },
  { type: 'box', values: ['(3,4),(1,2)'] },
  { type: 'path', values: ['[(1,2),(3,4)]'] },
  { type: 'polygon', values: ['((1,2),(3,4),(5,0))'] },
  { type: 'circle', values: ['<(1,2),3>'] },
  { type: 'tsvector', values: ["'a':1 'b''c':2", ''] },
  { type: 'tsquery', values: ["'a' & 'b'", ''] },
  { type: 'oid', values: ['0', '4294967295'] },
  { type: 'xid', values: ['3'] },
  { type: 'pg_lsn', values: ['16/B374D848'] },
  { type: 'int4range', values: ['[1,5)', 'empty', '(,)'] },
  { type: 'numrange', values: ['[1.5,Infinity]', '(,2]'] },
  { type: 'daterange', values: ['[2024-01-01,infinity)', '[0044-03-15 BC,2024-01-01)'] },
  { type: 'tstzrange', values: ['[2024-01-01 00:00+00,infinity]'] },
  { type: 'int[]', values: ['{}', '{1,NULL,3}', '{{1,2},{3,4}}'] },
  { type: 'bigint[]', values: ['{9007199254740993}'] },
  { type: 'real[]', values: ['{NaN,1.5,Infinity}', '{{-Infinity},{0.1}}'] },
  { type: 'double precision[]', values: ['{NaN,1.5,-Infinity,NULL}'] },
  { type: 'numeric[]', values: ['{NaN,1.5,1e30}', '{Infinity}'] },
  { type: 'text[]', values: ['{}', '{NaN,"a,b",NULL,""}', '{"\\"Infinity\\""}'] },
  { type: 'date[]', values: ['{infinity,2024-01-01}', '{"0044-03-15 BC"}'] },
  { type: 'timestamp[]', values: ['{-infinity,"2024-01-01 12:00"}'] },
  { type: 'json[]', values: ['{"{\\"a\\":\\"\\\\u0000\\"}","1"}'] },
  { type: 'jsonb[]', values: ['{"{\\"a\\": 1}","null"}'] },
  { type: 'boolean[]', values: ['{t,f,NULL}'] },
  { type: 'uuid[]', values: ['{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'] },
  { type: 'gen_mood', values: ['sad', 'it\'s, "quoted"'] },
  { type: 'gen_mood[]', values: ['{sad,ok}'] },
  { type: 'gen_pair', values: ['(1,"a,b")', '(,)'] },
  { type: 'gen_pair[]', values: ['{"(1,a)","(2,)"}'] },
  { type: 'gen_positive', values: ['1'] },
  { type: 'gen_deep', values: ['7'] },
  { type: 'gen_date', values: ['infinity', '0044-03-15 BC'] },
  { type: 'gen_json', values: ['{"a":"\\u0000"}'] },
];
