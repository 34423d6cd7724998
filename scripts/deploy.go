//go:build ignore

// Reads the files by which relays are deployed, as strictly as their formats allow, and
// prints what they say as JSON. scripts/deploy_test.go runs it with the requirements of
// scripts/tools.mod, where the readers of these formats stand: they are those of Docker
// and of Kubernetes, and the product needs none of them, hence the build tag.
//
//	deploy < the names of all files of the repository
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	said := map[string]any{}
	for name, read := range map[string]func() (any, error){
		"stages": stages, "ignored": ignored, "compose": compose, "kubernetes": kubernetes, "fly": fly,
	} {
		v, err := read()
		if err != nil {
			fmt.Fprintf(os.Stderr, "deploy: %s: %v\n", name, err)
			os.Exit(1)
		}
		said[name] = v
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// stage is one of the Dockerfile. Its instructions are written out by BuildKit.
type stage struct {
	From, Platform string
	Copies         []copied
	Env            map[string]string
	Run            []string
	User           string
	Expose         []string
	Volumes        []string
	Entrypoint     []string
	Health         []string
	Shell          bool // something of it needs a shell to run
}

type copied struct{ Sources, Into, From, Chown string }

func stages() (any, error) {
	text, err := os.Open("Dockerfile")
	if err != nil {
		return nil, err
	}
	defer text.Close()
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	var complaints []string
	for _, w := range tree.Warnings {
		complaints = append(complaints, w.Short)
	}
	complain := linter.New(&linter.Config{Warn: func(rule, _, _, text string, _ []parser.Range) {
		complaints = append(complaints, rule+": "+text)
	}})
	parsed, _, err := instructions.Parse(tree.AST, complain)
	if err != nil {
		return nil, err
	}
	if len(complaints) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(complaints, "; "))
	}
	var list []stage
	for _, p := range parsed {
		s := stage{From: p.BaseName, Platform: p.Platform, Env: map[string]string{}}
		for _, command := range p.Commands {
			switch c := command.(type) {
			case *instructions.CopyCommand:
				s.Copies = append(s.Copies, copied{strings.Join(c.SourcePaths, " "), c.DestPath, c.From, c.Chown})
			case *instructions.EnvCommand:
				for _, e := range c.Env {
					s.Env[e.Key] = e.Value
				}
			case *instructions.RunCommand:
				s.Run = append(s.Run, strings.Join(c.CmdLine, " "))
			case *instructions.UserCommand:
				s.User = c.User
			case *instructions.ExposeCommand:
				s.Expose = append(s.Expose, c.Ports...)
			case *instructions.VolumeCommand:
				s.Volumes = append(s.Volumes, c.Volumes...)
			case *instructions.EntrypointCommand:
				s.Entrypoint, s.Shell = c.CmdLine, s.Shell || c.PrependShell
			case *instructions.HealthCheckCommand:
				s.Health = c.Health.Test
			}
		}
		list = append(list, s)
	}
	return list, nil
}

// ignored are those of the files, whose names come by standard input, that Docker's
// builder is not sent.
func ignored() (any, error) {
	file, err := os.Open(".dockerignore")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	patterns, err := ignorefile.ReadAll(file)
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	list := []string{}
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		out, err := matcher.MatchesOrParentMatches(names.Text())
		if err != nil {
			return nil, err
		}
		if out {
			list = append(list, names.Text())
		}
	}
	return list, names.Err()
}

func compose() (any, error) {
	options, err := cli.NewProjectOptions([]string{"compose.yaml"})
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project, nil
}

func kubernetes() (any, error) {
	text, err := os.ReadFile("docs/deploy/kubernetes.yaml")
	if err != nil {
		return nil, err
	}
	objects := map[string]any{}
	for part := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var of struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal(part, &of); err != nil {
			return nil, err
		}
		var into any
		switch of.APIVersion + " " + of.Kind {
		case "apps/v1 StatefulSet":
			into = new(appsv1.StatefulSet)
		case "v1 Service":
			into = new(corev1.Service)
		default:
			return nil, fmt.Errorf("%s %s is not looked for", of.APIVersion, of.Kind)
		}
		if err := yaml.UnmarshalStrict(part, into); err != nil {
			return nil, fmt.Errorf("%s: %w", of.Kind, err)
		}
		if objects[of.Kind] != nil {
			return nil, fmt.Errorf("there are two of %s", of.Kind)
		}
		objects[of.Kind] = into
	}
	return objects, nil
}

// flyApp is as much as the relay uses of https://fly.io/docs/reference/configuration.
type flyApp struct {
	App           string
	PrimaryRegion string `toml:"primary_region"`
	KillSignal    string `toml:"kill_signal"`
	KillTimeout   string `toml:"kill_timeout"`
	Build         struct{ Dockerfile string }
	Env           map[string]string
	Files         []struct {
		GuestPath  string `toml:"guest_path"`
		SecretName string `toml:"secret_name"`
	}
	Mounts []struct {
		Source, Destination string
		InitialSize         string `toml:"initial_size"`
	}
	VM []struct {
		Size, Memory string
	}
	HTTPService struct {
		InternalPort       int    `toml:"internal_port"`
		ForceHTTPS         bool   `toml:"force_https"`
		AutoStopMachines   string `toml:"auto_stop_machines"`
		AutoStartMachines  bool   `toml:"auto_start_machines"`
		MinMachinesRunning int    `toml:"min_machines_running"`
		Concurrency        struct {
			Type      string
			SoftLimit int `toml:"soft_limit"`
			HardLimit int `toml:"hard_limit"`
		}
		Checks []struct {
			Method, Path, Interval, Timeout string
			GracePeriod                     string `toml:"grace_period"`
		}
	} `toml:"http_service"`
	Services []struct {
		Protocol     string
		InternalPort int `toml:"internal_port"`
		Ports        []struct{ Port int }
	}
}

func fly() (any, error) {
	var app flyApp
	known, err := toml.DecodeFile("fly.toml", &app)
	if err != nil {
		return nil, err
	}
	if unknown := known.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%v are not known", unknown)
	}
	return app, nil
}
