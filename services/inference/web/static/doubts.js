// What makes answers doubtful, in the language of the page.

import { byId } from "../shared/dom.js";
import { showNotices } from "../shared/notices.js";
import { data, t } from "../shared/page.js";

// Services warn in English; the page knows their sentences, in which {n} stands for a number.
const forms = Object.entries(data.warnings).map(([key, sentence]) => [
  key.replace("warning.", ""),
  new RegExp(`^${sentence.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace("{n}", "(\\d+)")}$`),
]);

/** Show the warnings of all answers, each once; that there are several digits is seen anyway. */
export function showDoubts(answers) {
  const notices = [...new Set(answers.flatMap((it) => it.warnings))].map((warning) => {
    for (const [name, form] of forms) {
      const match = form.exec(warning);
      if (match) return name === "several" ? null : { text: t(`warning.${name}`, { n: Number(match[1]) }), kind: "caution" };
    }
    return { text: warning, kind: "caution" };
  });
  showNotices(byId("doubts"), notices.filter(Boolean));
}
