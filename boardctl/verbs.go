package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const rootAbout = `Works with boards from a terminal. BOARD is the address of a board's page, such as
https://boards.example.com/b/plans, and RELAY that of the relay that serves it, such
as https://boards.example.com. Where a relay wants a token, it is shown the one in
the file that --token-file names, or in EDGEBOARD_TOKEN.

It ends with
  0    what was asked is done
  1    it failed
  2    it was asked in a way that it does not understand
  3    the relay does not allow it
  4    the relay cannot be reached
  130  it was interrupted
What was asked for is on standard output, everything else on standard error. Colours
are for terminals alone, and not where NO_COLOR is set; see --color.`

// newRoot returns boardctl with all its verbs.
func newRoot(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use: "boardctl", Short: "works with boards from a terminal", Long: rootAbout,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
		SuggestionsMinimumDistance: 2,
		Args:                       cobra.ArbitraryArgs, // so that what is no verb gets an answer of ours
	}
	root.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			fmt.Fprint(t.stderr, root.UsageString(), "\n")
			return usageError("say what to do")
		}
		if near := root.SuggestionsFor(args[0]); len(near) > 0 {
			return usagef("%q is no verb; is it %s?", args[0], strings.Join(near, " or "))
		}
		return usagef("%q is no verb; boardctl help lists them", args[0])
	}
	root.SetIn(t.stdin)
	root.SetOut(t.stdout)
	root.SetErr(t.stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpTemplate("{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}\n\n{{end}}{{.UsageString}}")
	root.SetUsageTemplate(usageTemplate)
	root.PersistentFlags().Var(&t.color, "color", "`when` to colour: auto, always or never")
	root.PersistentFlags().BoolVarP(&t.quiet, "quiet", "q", false, "say nothing of how far it is")
	completeFrom(root, "color", colorWords...)
	root.InitDefaultHelpFlag()
	root.Flags().Lookup("help").Usage = "say what it does"

	for _, g := range []struct {
		id, title string
		verbs     []*cobra.Command
	}{
		{"live", "Live:", []*cobra.Command{tailVerb(t), pushVerb(t)}},
		{"boards", "Boards and files:", []*cobra.Command{exportVerb(t), importVerb(t), drawVerb(t)}},
		{"relays", "Relays:", []*cobra.Command{boardsVerb(t), backupVerb(t), restoreVerb(t), benchVerb(t)}},
		{"other", "Other:", []*cobra.Command{tokenVerb(t), completionVerb(t), manVerb(t), versionVerb(t), helpVerb(root)}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, v := range g.verbs {
			v.GroupID = g.id
			for _, v := range append(v.Commands(), v) {
				v.DisableFlagsInUseLine = true
				v.InitDefaultHelpFlag()
				v.Flags().Lookup("help").Usage = "say what it does"
				v.Flags().SortFlags = false
			}
			root.AddCommand(v)
		}
	}
	root.SetHelpCommandGroupID("other")
	return root
}

// helpVerb is help, in words of ours.
func helpVerb(root *cobra.Command) *cobra.Command {
	v := &cobra.Command{
		Use: "help [VERB]", Short: "says what a verb does",
		Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return verbNames(root), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			v, left, err := root.Find(args)
			if err != nil || len(left) > 0 {
				return usagef("%q is no verb; boardctl help lists them", strings.Join(args, " "))
			}
			return v.Help()
		},
	}
	root.SetHelpCommand(v)
	return v
}

func verbNames(root *cobra.Command) []cobra.Completion {
	var names []cobra.Completion
	for _, v := range root.Commands() {
		if v.IsAvailableCommand() {
			names = append(names, cobra.CompletionWithDesc(v.Name(), v.Short))
		}
	}
	return names
}

// flagError gives what is wrong with flags our words.
func flagError(_ *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if letters := unknown.GetSpecifiedShortnames(); len(letters) > 1 {
			return usagef("-%s is no flag; is it --%s?", letters, letters)
		}
		return usagef("%s is no flag", flagName(unknown.GetSpecifiedName()))
	}
	return usageError(err.Error())
}

func flagName(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// counted refuses arguments that are fewer or more than so many, with the words of
// what is wanted.
func counted(least, most int, wanted string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return usageError(wanted)
		}
		return nil
	}
}

// doing makes a RunE of what does a verb.
func doing(f func(context.Context, []string) error) func(*cobra.Command, []string) error {
	return func(v *cobra.Command, args []string) error { return f(v.Context(), args) }
}

// completeFrom completes the values of a flag.
func completeFrom(v *cobra.Command, flag string, words ...string) {
	must(v.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)))
}

// must is for what only a mistake in this program makes an error of.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// completes are the completions of the arguments of a verb: of each the suffixes of
// files, nil where it is none.
func completes(suffixes ...[]string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= len(suffixes) || suffixes[len(args)] == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.Clone(suffixes[len(args)]), cobra.ShellCompDirectiveFilterFileExt
	}
}

const usageTemplate = `Usage:
{{- if .HasParent}}
  {{.UseLine}}
{{- range .Commands}}
  {{.UseLine}}
{{- end}}
{{- else}}
  {{.CommandPath}} VERB [flags] ...
{{- end}}
{{- if .HasExample}}

Examples:
{{.Example}}
{{- end}}
{{- $verbs := .Commands}}
{{- range $group := .Groups}}

{{.Title}}
{{- range $verbs}}{{if and (eq .GroupID $group.ID) .IsAvailableCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}
{{- end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if .HasAvailableInheritedFlags}}

Flags of every verb:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if not .HasParent}}

{{.CommandPath}} help VERB says more about a verb.
{{- end}}
`
