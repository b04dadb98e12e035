/** Steps from one total over its parts to another: the picture is the table. */

import type { ComponentChildren } from "preact";
import { Money, Signed } from "../figures.tsx";
import { measure } from "../../api/figure.ts";
import { placeSteps, type Step } from "./steps.ts";

export function Steps({ steps, label, words }: {
  steps: Step[];
  label: string;
  /** What stands below the name of a step. */
  words: (step: Step) => ComponentChildren;
}) {
  const { places, whole } = placeSteps(steps);
  return (
    <>
      <table class="steps">
        <caption class="hidden">{label}</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Picture</th>
            <th scope="col">USD</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step, at) => (
            <tr key={step.name} class={step.total ? "whole" : ""}>
              <th scope="row">
                {step.name}
                <small class="quiet">{words(step)}</small>
              </th>
              <td class="place">
                <svg aria-hidden="true" width="100%" height="14">
                  <rect
                    class={step.total ? "s0" : measure(step.value) < 0 ? "s5" : "s1"}
                    x={`${places[at]!.from}%`}
                    width={`${Math.max(0.3, places[at]!.length)}%`}
                    height="14"
                    rx="2"
                  />
                </svg>
              </td>
              <td class="number">
                {step.total ? <Money of={step.value} /> : <Signed of={step.value} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!whole && <p class="quiet">The scale does not begin at 0, so that the parts are seen.</p>}
    </>
  );
}
