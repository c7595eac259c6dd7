import { initially, optional, required, section, tableOf } from './field.js';
import { dialString, digits, e164Start, extensionPattern, numberPattern } from './number-kinds.js';
import { choice, count, identifier, milliseconds, text } from './plain-kinds.js';
import { list } from './shape.js';

/** What a call costs and reaches; classes of restriction are made of these. */
export const categories = ['internal', 'local', 'national', 'international', 'premium'] as const;

export const dialPlan = section(
  'Dial plan',
  'What dialled digits mean when the branch routes by itself. While the centre is reachable, its own plan decides first.',
  {
    outsidePrefix: initially(digits(0, 2), '9', {
      title: 'Outside prefix',
      help: 'Dialled before outside numbers; "" for none. Numbers with a plus sign, and emergency numbers, never need it.',
    }),
    patterns: initially(
      tableOf('pattern', {
        pattern: required(numberPattern, {
          title: 'Pattern',
          help: 'Matched against what was dialled, outside prefix and all; when it begins with +, against the number in international form. X is 0-9, Z 1-9, N 2-9, [13-5] one of these; a final "." is one or more further digits, "!" any number of them. The most specific pattern wins: place by place from the left, the one that allows fewer digits.',
          example: '*80',
        }),
        action: initially(choice(['dial', 'refuse']), 'dial', {
          title: 'Action',
          help: 'dial: go on with the digits below. refuse: the call is barred for everybody.',
        }),
        strip: initially(count(0, 20), 0, {
          title: 'Digits removed',
          help: 'How many digits are taken from the front. Not for patterns that begin with +.',
        }),
        prepend: initially(dialString, '', {
          title: 'Digits put in front',
          help: 'After the removal. The result is looked up as if it had been dialled without outside prefix. Not for patterns that begin with +.',
        }),
        category: optional(choice(categories), 'the category follows from the number', {
          title: 'Category',
          help: 'What the call counts as for classes of restriction.',
          sample: 'local',
        }),
        trunks: optional(list(identifier, { min: 1, max: 100 }), 'all trunks', {
          title: 'Trunks',
          help: 'The only trunks that these calls may use. Emergency calls use all.',
          sample: ['pstn-gateway'],
        }),
      }),
      [],
      {
        title: 'Patterns',
        help: 'Exceptions to the ordinary rules: short dials, least-cost routes, numbers barred for all.',
        example: [
          { pattern: '*80', action: 'dial', strip: 3, prepend: '+18005550199' },
          { pattern: '+44.', action: 'dial', strip: 0, prepend: '', trunks: ['sip-provider'] },
          { pattern: '+1900NXXXXXX', action: 'refuse', strip: 0, prepend: '' },
        ],
      },
    ),
    sites: initially(
      tableOf('name', {
        name: required(text, { title: 'Name', help: 'For people.', example: 'Oakland' }),
        extensions: required(extensionPattern, {
          title: 'Extensions',
          help: 'The extensions of that site, all of one length.',
          example: '3XXX',
        }),
        didPrefix: required(e164Start, {
          title: 'Front part of direct numbers',
          help: 'With the kept digits of the extension it makes the direct number, e.g. +1510555 and 3017 make +15105553017.',
          example: '+1510555',
        }),
        keepDigits: optional(count(1, 8), 'the whole extension', {
          title: 'Kept digits',
          help: 'How many last digits of the extension the direct number ends with.',
          sample: 4,
        }),
      }),
      [],
      {
        title: 'Other sites',
        help: 'Extensions of other sites, called over the telephone network by their direct numbers in an outage; calls from those numbers show the extension.',
        example: [{ name: 'Oakland', extensions: '3XXX', didPrefix: '+1510555' }],
      },
    ),
    defaultExtension: optional(digits(2, 8), 'calls to numbers that nobody has are refused as unallocated', {
      title: 'Default extension',
      help: 'Rings for calls from trunks to the main number, or to a number that no user has.',
      example: '2000',
    }),
    premium: optional(list(numberPattern, { max: 200 }), 'the usual ones of the country', {
      title: 'Premium numbers',
      help: 'Patterns, in international form, of numbers that cost extra.',
      sample: ['+1900NXXXXXX', '+1976NXXXXXX'],
    }),
  },
);

export const emergency = section(
  'Emergency',
  'The country’s own emergency numbers and 112 are built in and cannot be removed. They are dialled with or without the outside prefix, from any phone, and go to the local trunks first.',
  {
    numbers: initially(list(digits(2, 6), { max: 20 }), [], {
      title: 'Further emergency numbers',
      help: 'For example the guard of a campus, or a second number of the country.',
    }),
    giveUpMs: initially(milliseconds(1000, 10_000), 4000, {
      title: 'Patience',
      help: 'Milliseconds without any answer from a trunk before an emergency call tries the next.',
    }),
  },
);

export const classesOfRestriction = initially(
  tableOf('name', {
    name: required(identifier, { title: 'Name', help: 'What users’ entries refer to.', example: 'national' }),
    allows: required(list(choice(categories), { max: categories.length }), {
      title: 'Allowed categories',
      help: 'internal, local, national, international, premium. Calls inside the branch and emergency calls are always allowed.',
      example: ['internal', 'local', 'national'],
    }),
    alsoAllows: initially(list(numberPattern, { max: 200 }), [], {
      title: 'Further allowed numbers',
      help: 'Patterns in international form.',
    }),
    bars: initially(list(numberPattern, { max: 200 }), [], {
      title: 'Barred numbers',
      help: 'Patterns in international form; they outrank everything that is allowed.',
    }),
  }),
  [
    { name: 'internal', allows: ['internal'], alsoAllows: [], bars: [] },
    { name: 'local', allows: ['internal', 'local'], alsoAllows: [], bars: [] },
    { name: 'national', allows: ['internal', 'local', 'national'], alsoAllows: [], bars: [] },
    { name: 'international', allows: ['internal', 'local', 'national', 'international'], alsoAllows: [], bars: [] },
    { name: 'unrestricted', allows: [...categories], alsoAllows: [], bars: [] },
  ],
  {
    title: 'Classes of restriction',
    help: 'What users may call when the branch routes by itself. A user whose class is not listed may call inside the branch only.',
  },
);
