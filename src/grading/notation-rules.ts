/** The tables of notation.ts: what is written how. Each table is applied from top to bottom, every pattern once. */

/** Stands for the currency sign: `$` is also how mathematics is quoted. */
export const DOLLAR = "\uE000";
/** Between the rows of a matrix. */
export const ROW = "\uE001";
/** Before i, j or k where it is a unit vector: bold, or under a hat or an arrow. */
export const UNIT_VECTOR = "\uE002";

const GREEK =
  "alpha beta gamma delta epsilon theta lambda mu pi rho sigma tau phi varphi psi omega Gamma Delta Theta Lambda Sigma Phi Psi Omega";
const FUNCTIONS = "arcsin arccos arctan sinh cosh tanh sin cos tan cot sec csc ln log exp gcd lcm max min";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ";
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const GREEK_LETTERS: Readonly<Record<string, string>> = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "epsilon",
  θ: "theta",
  λ: "lambda",
  μ: "mu",
  π: "pi",
  ρ: "rho",
  σ: "sigma",
  τ: "tau",
  φ: "phi",
  ϕ: "phi",
  ψ: "psi",
  ω: "omega",
  Γ: "Gamma",
  Δ: "Delta",
  Θ: "Theta",
  Λ: "Lambda",
  Σ: "Sigma",
  Φ: "Phi",
  Ω: "Omega",
};

export type Rule = readonly [pattern: RegExp, replacement: string | ((match: string, ...groups: string[]) => string)];

/** n choose k, or with order; null where k is more than n, and it is no such thing. */
function chosen(letter: string, n: string, k: string): string | null {
  if (Number(k) > Number(n)) return null;
  return letter === "C" ? `\\binom{${n}}{${k}}` : `\\frac{${n}!}{${Number(n) - Number(k)}!}`;
}

const ZEROS: Readonly<Record<string, number>> = { hundred: 2, thousand: 3, million: 6, billion: 9, trillion: 12 };

/** Characters for which LaTeX has commands, and characters nobody sees. */
export const UNICODE: readonly Rule[] = [
  [/[\uff01-\uff5e]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0)],
  [/\u3001/g, ","],
  [/\u3002/g, "."],
  [/[\u00b5\u03bc](?=[a-zA-Z])/g, " micro"],
  [/(?<=[\dkM]\s?)[\u2126\u03a9]\s*$/g, "ohm"],
  [/\p{Cf}|(?!\s)\p{Cc}/gu, ""],
  [
    new RegExp(`[${SUPERSCRIPTS}]+`, "g"),
    (run) => `^{${[...run].map((char) => "0123456789+-n"[SUPERSCRIPTS.indexOf(char)]).join("")}}`,
  ],
  [new RegExp(`[${SUBSCRIPTS}]+`, "g"), (run) => `_{${[...run].map((char) => SUBSCRIPTS.indexOf(char)).join("")}}`],
  [/[¼½¾⅐-⅞]/g, (char) => `\\frac{${char.normalize("NFKC").replace("\u2044", "}{")}}`],
  [/[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+/g, " "],
  [/[\u2212\u2010-\u2015\ufe63\uff0d]/g, "-"],
  [/[\u2018\u2019\u02bc]/g, "'"],
  [/^\s*(?:["\u201c\u201d]|'')(.+?)(?:["\u201c\u201d]|'')\s*$/gs, "$1"],
  [/[×✕]/g, "\\times "],
  [/[·⋅∙•]/g, "\\cdot "],
  [/[÷\u2044]/g, "/"],
  [/∛/g, "\\sqrt[3]"],
  [/√/g, "\\sqrt"],
  [/∞/g, "\\infty "],
  [/[≤⩽≦]/g, "\\le "],
  [/[≥⩾≧]/g, "\\ge "],
  [/≠/g, "\\ne "],
  [/[≈≃≅]/g, "\\approx "],
  [/±/g, "\\pm "],
  [/∓/g, "\\mp "],
  [/∈/g, "\\in "],
  [/∪/g, "\\cup "],
  [/∩/g, "\\cap "],
  [/[∅⌀]/g, "\\emptyset "],
  [/[°º˚]/g, "^\\circ "],
  [/∠/g, "\\angle "],
  [/△/g, "\\triangle "],
  [/ℝ/g, "\\mathbb{R}"],
  [/ℤ/g, "\\mathbb{Z}"],
  [/[⟨〈]/g, "\\langle "],
  [/[⟩〉]/g, "\\rangle "],
  [/…/g, "..."],
  [/[Α-Ωα-ωϕ]/g, (char) => (GREEK_LETTERS[char] ? `\\${GREEK_LETTERS[char]} ` : char)],
];

/** Commands that arrange, and several names of one command. */
export const LAYOUT: readonly Rule[] = [
  [/\\\$/g, DOLLAR],
  [
    /\\(?:mathbf|boldsymbol|bm|vec|overrightarrow|hat|widehat)\s*\{\s*(?:\\mathbf\s*\{\s*)?(?:\\([ij])math|([ijk]))\s*\}?\s*\}/g,
    (_, dotless, letter) => `${UNIT_VECTOR}${dotless ?? letter}`,
  ],
  [
    /\\(?:vec|overrightarrow|overleftrightarrow|hat|widehat)\s*(?:\{\s*([a-zA-Z]{1,3})\s*\}|([a-zA-Z])(?![a-zA-Z]))/g,
    "$1$2",
  ],
  [/\\overline\s*\{\s*([A-Z]{2})\s*\}/g, "$1"],
  [/\\(?:text)?color\s*\{[^{}]*\}|\\(?:phantom|tag|label)\s*\{[^{}]*\}/g, ""],
  [
    /\\(?:underline|cancel|large|Large|LARGE|huge|Huge|small|scriptstyle|nonumber|hfill|mathop|mathbin)(?![a-zA-Z])/g,
    "",
  ],
  [
    /\\[dtc]?frac\s*\{\s*\\(?:text|mathrm)\s*\{\s*([a-zA-Z]+)\s*\}\s*\}\s*\{\s*\\(?:text|mathrm)\s*\{\s*([a-zA-Z]+)\s*\}(\^\{?\d\}?)?\s*\}/g,
    "\\text{ $1/$2$3}",
  ],
  [/\\mu\s*\\(?:mathrm|text)\s*\{\s*([a-zA-Z])\s*\}/g, "\\text{ micro$1}"],
  [/(?<=[\d}]\s*)(?:~|\\[,; ])?(k|M)?\s*(?:\\mathrm\s*\{)?\s*(k|M)?\\Omega\s*\}?\s*(\$?)$/g, " $1$2ohm$3"],
  // 0.\dot{3}, 0.\dot{1}4285\dot{7}
  [/(\.\d*)\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?/g, "$1\\overline{$2$3$4}"],
  [/\\{2,}(?=[a-zA-Z])(?![\s\S]*\\end)/g, "\\"],
  [/\\\\(?:\[[^\]]*\])?/g, ` ${ROW} `],
  [/\\cr(?![a-zA-Z])/g, ` ${ROW} `],
  [/\\[([\])]/g, " "],
  [/\\(?:left|right|middle)(?![a-zA-Z])\s*\.?/g, ""],
  [/\\(?:[bB]ig{1,2}[lrm]?)(?![a-zA-Z])/g, ""],
  [/(\d),\\!(?=\d{3})/g, "$1,"],
  [/(\d)(?:\\[,; ]|~|\{\s*\})(?=\d{3}(?!\d))/g, "$1"],
  [/\{,\}/g, ","],
  [/\\!/g, ""],
  [/\\[,;:> ]|~|\\q?quad(?![a-zA-Z])|\\(?:thin|med|thick)space(?![a-zA-Z])|\\hspace\*?\{[^{}]*\}/g, " "],
  [/\\(?:displaystyle|textstyle|limits|nolimits|boldmath|rm|bf|it)(?![a-zA-Z])/g, ""],
  [/\\[dtc]frac(?![a-zA-Z])/g, "\\frac"],
  [/\\[dt]binom(?![a-zA-Z])/g, "\\binom"],
  [/\\leqs?lant(?![a-zA-Z])|\\leq(?![a-zA-Z])/g, "\\le "],
  [/\\geqs?lant(?![a-zA-Z])|\\geq(?![a-zA-Z])/g, "\\ge "],
  [/\\neq(?![a-zA-Z])|\\not\s*=/g, "\\ne "],
  [/\\l[vV]ert|\\r[vV]ert|\\[vV]ert(?![a-zA-Z])|\\mid(?![a-zA-Z])/g, "|"],
  [/\\lbrace(?![a-zA-Z])/g, "\\{"],
  [/\\rbrace(?![a-zA-Z])/g, "\\}"],
  [/\\(?:varnothing)(?![a-zA-Z])|\\emptyset(?![a-zA-Z])/g, "\\emptyset "],
  [/\\(?:degree|deg)(?![a-zA-Z])|\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![a-zA-Z])/g, "^\\circ "],
  [/\^\s*\{\s*\\prime\s*\}|\^\s*\\prime(?![a-zA-Z])/g, "'"],
  [/\\(?:varphi)(?![a-zA-Z])/g, "\\phi "],
  [/\\(?:varepsilon)(?![a-zA-Z])/g, "\\epsilon "],
  [/\\setminus(?![a-zA-Z])|\\backslash(?![a-zA-Z])/g, "\\setminus "],
  [/\\(?:mathbb|Bbb|mathbf)\s*\{?\s*R\s*\}?(?![a-zA-Z])|\\R(?![a-zA-Z])/g, "\\mathbb{R}"],
  [
    /\\(?:operatorname\*?|mathrm|text|mathit)\{(cis|sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|ln|log|exp|gcd|lcm|max|min)\}/g,
    "\\$1 ",
  ],
  [/\\mathrm\{([a-zA-Z])\}/g, "$1"],
  [/\\(?:boxed|fbox|mathord|mathrel|ensuremath|overset\{[^{}]*\}|underset\{[^{}]*\})\s*(?=\{)/g, ""],
  [/\\(?:ldots|dots|cdots)(?![a-zA-Z])/g, "..."],
  [/\*\*([^*]+)\*\*(?=$|[\s.,])/g, "$1"],
  [/^\s*\*([^*]+)\*\s*$/g, "$1"],
  [/`/g, ""],
];

/** Plain text and programming notation. */
export const PLAIN: readonly Rule[] = [
  [/\\lt(?![a-zA-Z])/g, "<"],
  [/\\gt(?![a-zA-Z])/g, ">"],
  [/<=|=</g, "\\le "],
  [/>=/g, "\\ge "],
  [/!=|=\/=|<>/g, "\\ne "],
  [/==+/g, "="],
  [/\+\s*\/\s*-|\+-/g, "\\pm "],
  [/\*\*/g, "^"],
  [/(\d)\s*(?:[xX]|\\times|\\cdot|\*)\s*10\s*\^/g, "$1\\times 10^"],
  [/\*/g, "\\cdot "],
  [/(?<![\\a-zA-Z])(?:infinity|infty|inf|oo)(?![a-zA-Z])/g, "\\infty "],
  [new RegExp(`(?<![\\\\a-zA-Z])(${GREEK.split(" ").join("|")})(?![a-zA-Z])`, "g"), "\\$1 "],
  [new RegExp(`(?<![\\\\a-zA-Z])(${FUNCTIONS.split(" ").join("|")})(?=[^a-zA-Z])(?!\\s*[a-zA-Z]{2})`, "g"), "\\$1 "],
  [/(?<![\\a-zA-Z])a(sin|cos|tan)(?=\s*\()/g, "\\arc$1"],
  [/(?<![\\a-zA-Z])sqrt(?![a-zA-Z])/g, "\\sqrt"],
  [/(?<![\\a-zA-Z])[dt]?frac(?=[{\d])/g, "\\frac"],
  [/(?<![\\a-zA-Z])cbrt(?![a-zA-Z])/g, "\\sqrt[3]"],
  [
    /(\d)\s*(hundred|thousand|million|billion|trillion)(?![a-zA-Z])/g,
    (_, digit, word) => `${digit}\\cdot 10^{${ZEROS[word!]}} `,
  ],
  [/^\s*(?:negative|minus)\s+(?=[\d.\\])/gi, "-"],
  [/(?<![\d.])(\d+)\s+out\s+of\s+(\d+)/g, "\\frac{$1}{$2}"],
  [/(\d)\s*choose\s*(\d+)/g, (all) => all.replace(/(\d+)\s*choose\s*(\d+)/, "\\binom{$1}{$2}")],
  [/([\^_])\s*([+-]?\d+(?:\.\d+)?)(?![\d}])/g, "$1{$2}"],
  [/([\^_])\s*-\s*([a-zA-Z])(?![a-zA-Z])/g, "$1{-$2}"],
  [/\s+(?=[\^_])/g, ""],
  [/^(\d{1,3})((?: \d{3})+)$/g, (_, first, rest) => first! + rest!.replaceAll(" ", "")],
  [/^\s*(\d+)\s*(?:\^\{?\s*)?(?:st|nd|rd|th)\s*\}?\s*$/g, "$1"],
  // Chosen and arranged: C_5^2, {}_5C_2, ^5C_2; A and P.
  [/(?<![a-zA-Z\\])([CAP])_\{(\d{1,4})\}\^\{(\d{1,4})\}/g, (all, letter, n, k) => chosen(letter!, n!, k!) ?? all],
  [
    /(?<![\w)}])(?:\{\s*\})?[\^_]\{(\d{1,4})\}\s*([CP])_\{(\d{1,4})\}/g,
    (all, n, letter, k) => chosen(letter!, n!, k!) ?? all,
  ],
  [
    /\\cis\s*(?:\(([^()]*)\)|(\\frac\{[^{}]*\}\{[^{}]*\}|\d+\^\\circ|\\?[a-zA-Z]+|\d+))/g,
    (_, inner, bare) => `(\\cos(${inner ?? bare})+i\\sin(${inner ?? bare}))`,
  ],
  // Before a unit; alone, it stays one number, which knows its last place.
  [/(?<![\w.])(\d+(?:\.\d*)?)[eE]([+-]?\d{1,4})(?=\s+[a-zA-Z\\])/g, "$1\\times 10^{$2}"],
  // 0.333... and 0.1666...
  [/(\d\.\d*?)(\d)\2{2,}\s*\.\.\.$/g, "$1($2)"],
  [/(\d\.\d*?)(\d{2})\2+\s*\.\.\.$/g, "$1($2)"],
  // 7 3/4 and 1/2 x: a quotient of whole numbers is one number.
  [/(?<![\d.^_{}()\w\\]\s*)(\d+)\s+(\d+)\s*\/\s*(\d+)(?![\d.])/g, "$1\\frac{$2}{$3}"],
  [/(?<![\d.^_})\]!a-zA-Z/]\s*)(\d+)\s*\/\s*(\d+)(?![\d.!^])/g, "\\frac{$1}{$2}"],
];
