package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const completionAbout = `Prints what makes a shell complete verbs, flags and files. For this session:

  bash        source <(boardctl completion bash)
  zsh         source <(boardctl completion zsh)
  fish        boardctl completion fish | source
  powershell  boardctl completion powershell | Out-String | Invoke-Expression

For every one: write it where the shell looks, such as
/etc/bash_completion.d/boardctl, "${fpath[1]}/_boardctl" or
~/.config/fish/completions/boardctl.fish.`

func completionVerb(t *terminal) *cobra.Command {
	write := map[string]func(*cobra.Command) error{
		"bash":       func(root *cobra.Command) error { return root.GenBashCompletionV2(t.stdout, true) },
		"zsh":        func(root *cobra.Command) error { return root.GenZshCompletion(t.stdout) },
		"fish":       func(root *cobra.Command) error { return root.GenFishCompletion(t.stdout, true) },
		"powershell": func(root *cobra.Command) error { return root.GenPowerShellCompletionWithDesc(t.stdout) },
	}
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use: "completion SHELL", Short: "prints what makes a shell complete", Long: completionAbout,
		Example:           "  source <(boardctl completion bash)",
		Args:              counted(1, 1, "name the shell: "+strings.Join(shells, ", ")),
		ValidArgsFunction: cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(v *cobra.Command, args []string) error {
			f := write[args[0]]
			if f == nil {
				return usagef("%q: the shell is one of %s", args[0], strings.Join(shells, ", "))
			}
			return f(v.Root())
		},
	}
}

const manAbout = `Prints the manual page of boardctl, or of a verb, for man to show; with --into all
of them are written to a folder, as boardctl.1, boardctl-export.1 and so on.`

func manVerb(t *terminal) *cobra.Command {
	var into string
	v := &cobra.Command{
		Use: "man [flags] [VERB]", Short: "prints the manual page", Long: manAbout,
		Example: "  boardctl man tail | man -l -\n  boardctl man --into /usr/local/share/man/man1",
		Args:    counted(0, 2, "name one verb, or none"),
	}
	v.ValidArgsFunction = func(v *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return verbNames(v.Root()), cobra.ShellCompDirectiveNoFileComp
	}
	v.Flags().StringVar(&into, "into", "", "`folder` to write all pages to")
	v.RunE = func(v *cobra.Command, args []string) error {
		root := v.Root()
		if into == "" {
			of, left, err := root.Find(args)
			if err != nil || len(left) > 0 {
				return usagef("%q is no verb; boardctl help lists them", strings.Join(args, " "))
			}
			writeMan(t.stdout, of)
			return nil
		}
		all := []*cobra.Command{root}
		for _, of := range root.Commands() {
			all = append(append(all, of), of.Commands()...)
		}
		for _, of := range all {
			name := strings.ReplaceAll(of.CommandPath(), " ", "-") + ".1"
			err := writeFile(t, filepath.Join(into, name), func(w io.Writer) error {
				writeMan(w, of)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	must(v.MarkFlagDirname("into"))
	return v
}

// roff keeps text from being taken for requests of troff.
var roff = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'")

// writeMan writes the manual page of a verb, or of boardctl, as man(7) has it.
func writeMan(w io.Writer, v *cobra.Command) {
	name := strings.ReplaceAll(v.CommandPath(), " ", "-")
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p(`.TH "%s" 1 "" "Edgeboard" "Edgeboard"`, roff.Replace(strings.ToUpper(name)))
	p(".SH NAME\n%s \\- %s", roff.Replace(name), roff.Replace(v.Short))
	use := v.UseLine()
	if !v.HasParent() {
		use = v.CommandPath() + " VERB [flags] ..."
	}
	p(".SH SYNOPSIS\n.B %s", roff.Replace(use))
	about := v.Long
	if about == "" {
		about = strings.ToUpper(v.Short[:1]) + v.Short[1:] + "."
	}
	// Texts are laid out for a terminal, with tables in them.
	p(".SH DESCRIPTION\n.nf\n%s\n.fi", roff.Replace(about))
	if v.HasSubCommands() {
		p(".SH VERBS")
		for _, sub := range v.Commands() {
			p(".TP\n.B %s\n%s", roff.Replace(strings.TrimPrefix(sub.UseLine(), "boardctl ")), roff.Replace(sub.Short))
		}
	}
	flags := func(title string, set *pflag.FlagSet) {
		if !set.HasAvailableFlags() {
			return
		}
		p(".SH %s", title)
		set.VisitAll(func(f *pflag.Flag) {
			value, usage := pflag.UnquoteUsage(f)
			name := "--" + f.Name
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			p(".TP\n\\fB%s\\fR %s\n%s", roff.Replace(name), roff.Replace(value), roff.Replace(usage))
		})
	}
	flags("FLAGS", v.LocalFlags())
	flags("FLAGS OF EVERY VERB", v.InheritedFlags())
	if v.HasExample() {
		p(".SH EXAMPLES\n.nf\n%s\n.fi", roff.Replace(v.Example))
	}
	p(".SH ENVIRONMENT\n.TP\n.B EDGEBOARD_TOKEN\nthe token to show the relay, where \\-\\-token\\-file names none\n.TP\n.B NO_COLOR\nif it is set, nothing is coloured that \\-\\-color does not")
}
