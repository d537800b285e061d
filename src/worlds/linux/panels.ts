/** What Linux shows of itself: what a person would `cat`. */
import type { Machine, Panel, PanelRow, SettingValue } from "../../machine/mod.ts";
import { crashSize, kernelFeatures } from "./kernel.ts";

export const PANELS: readonly Panel[] = [
  { title: "/sys/kernel", rows: sysfs },
  { title: "sysctl", rows: settings(/^kernel\./), tells: /^kernel\./ },
  { title: "kernel configuration", rows: settings(/^config\./), tells: /^config\./ },
];

function sysfs(machine: Machine): PanelRow[] {
  const loaded = (slot: "default" | "crash") => machine.slots[slot] === undefined ? "0" : "1";
  return [
    { name: "kexec_loaded", value: loaded("default") },
    { name: "kexec_crash_loaded", value: loaded("crash") },
    { name: "kexec_crash_size", value: String(crashSize(machine, kernelFeatures(machine))) },
  ];
}

function settings(names: RegExp): Panel["rows"] {
  return (machine) => [...machine.settings].filter(([name]) => names.test(name)).map(row);
}

function row([name, value]: readonly [string, SettingValue]): PanelRow {
  return { name, value: String(value) };
}
