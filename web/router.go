package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/web/ats"
)

// The rooms of people; programs have theirs in api.go.
type (
	candidate struct{ *app }
	recruiter struct{ *app }
)

func (a *app) router() *gin.Engine {
	r := gin.New()
	if err := r.SetTrustedProxies(a.cfg.TrustedProxies); err != nil {
		panic("web: trusted proxies: " + err.Error())
	}
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false // unknownPath sends on whom it may
	r.Use(a.logged, gin.CustomRecoveryWithWriter(nil, a.recovered), forPrograms, a.sameSite())
	r.NoRoute(a.page(a.unknownPath))
	r.NoMethod(a.page(a.wrongMethod))

	// Anyone.
	r.GET("/static/:file", a.page(a.assets.serve))
	r.HEAD("/static/:file", a.page(a.assets.serve))

	candidate{a}.routes(r)
	recruiter{a}.routes(r)
	panelist{a}.routes(r)
	newAPI(a).routes(r)
	newDoors(a).routes(r)
	return r
}

func (h candidate) routes(r gin.IRouter) {
	// Whoever holds the link.
	r.GET("/t/:token", h.page(h.welcome))
	r.HEAD("/t/:token", h.page(h.welcome))
	r.POST("/t/:token", h.page(h.enter))

	// The candidate in the seat.
	sit := r.Group("/sit", h.seated)
	sit.GET("", h.page(h.resume))
	sit.GET("/about", h.page(h.about))
	sit.POST("/language", h.page(h.language))
	sit.POST("/consent", h.page(h.consent))
	sit.POST("/withdraw", h.page(h.withdraw))
	sit.GET("/practice/:n", h.page(h.practice))
	sit.POST("/practice/:n", h.page(h.practised))
	sit.GET("/begin", h.page(h.begin))
	sit.POST("/begin", h.page(h.start))
	sit.GET("/items/:n", h.page(h.item))
	sit.POST("/items/:n", h.page(h.answer))
	sit.GET("/state", h.page(h.state))
	sit.GET("/review", h.page(h.review))
	sit.POST("/submit", h.page(h.submit))
	sit.GET("/done", h.page(h.done))
	sit.GET("/voluntary", h.page(h.voluntary))
	sit.POST("/voluntary", h.page(h.saidOfOneself))
	sit.GET("/receipt", h.page(h.receipt))
}

func (h recruiter) routes(r gin.IRouter) {
	// Anyone, and whoever holds a one-time link.
	r.GET("/method", h.page(h.method))
	r.GET("/signin", h.page(h.signin))
	r.POST("/signin", h.page(h.signIn(newThrottle())))
	r.GET("/signin/:token", h.page(h.signinLink))
	r.POST("/signin/:token", h.page(h.signInByLink))
	tries := newThrottle()
	r.GET("/signin/second", h.page(h.second))
	r.POST("/signin/second", h.page(h.proveSecond(tries, h.byCode)))
	r.POST("/signin/second/passkey/begin", h.page(h.askPasskey))
	r.POST("/signin/second/passkey", h.page(h.proveSecond(tries, h.byPasskey)))
	r.GET("/signin/oidc/:organization", h.page(h.startSignOn(tries)))
	r.GET("/signin/oidc/:organization/callback", h.page(h.returnSignOn(tries)))
	r.GET("/setup/:token", h.page(h.setup))
	r.POST("/setup/:token", h.page(h.setUp))

	// Members; the center asks what each may do.
	in := r.Group("", h.signedIn)
	in.GET("/", h.page(h.home))
	in.POST("/signout", h.page(h.signOut))
	in.GET("/overview", h.page(h.overview))
	in.GET("/candidates", h.page(h.candidates))
	in.GET("/candidates/new", h.page(h.invite))
	in.POST("/candidates/new", h.page(h.inviteOne))
	in.GET("/candidates/compare", h.page(h.compare))
	in.GET("/candidates/:id", h.page(h.invitation))
	in.GET("/candidates/:id/qr.svg", h.page(h.qr))
	in.POST("/candidates/:id/cancel", h.page(h.cancel))
	in.POST("/candidates/:id/renew", h.page(h.renew))
	in.POST("/candidates/:id/mail", h.page(h.mailLink))
	in.GET("/candidates/:id/report", h.page(h.report))
	in.GET("/candidates/:id/erase", h.page(h.confirmErase))
	in.POST("/candidates/:id/erase", h.page(h.erase))
	in.GET("/candidates/:id/receipt", h.page(h.receipt))
	in.GET("/assessments", h.page(h.assessments))
	in.GET("/assessments/new", h.page(h.draft))
	in.POST("/assessments/new", h.page(h.keepDraft))
	in.GET("/assessments/:id", h.page(h.assessment))
	in.POST("/assessments/:id/publish", h.page(h.publish))
	in.GET("/assessments/:id/quality", h.page(h.quality))
	in.GET("/assessments/:id/quality/items/:n", h.page(h.qualityItem))
	in.GET("/assessments/:id/norms", h.page(h.norms))
	in.POST("/assessments/:id/norms", h.page(h.makeNorm))
	in.GET("/assessments/:id/fairness", h.page(h.fairness))
	in.GET("/assessments/:id/key.yaml", h.page(h.keyFile))
	in.GET("/assessments/:id/rescores", h.page(h.rescores))
	in.POST("/assessments/:id/rescores", h.page(h.draftRescore))
	in.GET("/assessments/:id/stability", h.page(h.stability))
	in.GET("/rescores/:id", h.page(h.rescore))
	in.POST("/rescores/:id/confirm", h.page(h.confirmRescore))
	in.POST("/rescores/:id/discard", h.page(h.discardRescore))
	in.GET("/bank", h.page(h.bank))
	in.GET("/bank/new", h.page(h.newItem))
	in.POST("/bank/new", h.page(h.keepItem))
	in.GET("/bank/upload", h.page(h.upload))
	in.POST("/bank/upload", h.page(h.uploaded))
	in.GET("/bank/items/:id", h.page(h.bankItem))
	in.GET("/bank/items/:id/edit", h.page(h.editItem))
	in.POST("/bank/items/:id/edit", h.page(h.keepItem))
	in.POST("/bank/items/:id/promote", h.page(h.promote))
	in.GET("/bank/panels", h.page(h.panels))
	in.POST("/bank/panels", h.page(h.openPanel))
	in.GET("/bank/panels/:id", h.page(h.panel))
	in.POST("/bank/panels/:id/raters", h.page(h.addRater))
	in.POST("/bank/panels/:id/close", h.page(h.closePanel))
	in.POST("/bank/raters/:id/cancel", h.page(h.cancelRater))
	in.GET("/settings", h.page(h.settings))
	in.POST("/settings/language", h.page(h.setLanguage))
	in.POST("/settings/password", h.page(h.setPassword))
	in.POST("/settings/members", h.page(h.addMember))
	in.POST("/settings/members/:id/link", h.page(h.linkMember))
	in.POST("/settings/members/:id/reset", h.page(h.resetMember))
	in.POST("/settings/members/:id/disable", h.page(h.disableMember))
	in.POST("/settings/keys", h.page(h.makeKey))
	in.POST("/settings/keys/:id/revoke", h.page(h.revokeKey))
	in.GET("/settings/keys/:id", h.page(h.key))
	in.POST("/settings/keys/:id/rotate", h.page(h.rotateKey))
	in.GET("/settings/webhooks", h.page(h.webhooks))
	in.POST("/settings/webhooks", h.page(h.addWebhook))
	in.GET("/settings/webhooks/:id", h.page(h.webhook))
	in.POST("/settings/webhooks/:id/change", h.page(h.changeWebhook))
	in.POST("/settings/webhooks/:id/rotate", h.page(h.rotateWebhook))
	in.POST("/settings/webhooks/:id/test", h.page(h.testWebhook))
	in.POST("/settings/webhooks/:id/disable", h.page(h.disableWebhook))
	in.POST("/settings/webhooks/:id/enable", h.page(h.enableWebhook))
	in.POST("/settings/webhooks/:id/remove", h.page(h.removeWebhook))
	in.GET("/settings/deliveries/:id", h.page(h.delivery))
	in.POST("/settings/deliveries/:id/resend", h.page(h.resend))
	in.GET("/settings/signin", h.page(h.signInSettings))
	in.POST("/settings/signin", h.page(h.setSignOn))
	in.POST("/settings/signin/remove", h.page(h.removeSignOn))
	in.POST("/settings/signin/factor", h.page(h.requireFactor))
	in.GET("/settings/factors", h.page(h.factors))
	in.POST("/settings/factors/app", h.page(h.startApp))
	in.POST("/settings/factors/app/confirm", h.page(h.confirmApp))
	in.POST("/settings/factors/passkey/begin", h.page(h.startPasskey))
	in.POST("/settings/factors/passkey", h.page(h.addPasskey))
	in.POST("/settings/factors/codes", h.page(h.renewCodes))
	in.POST("/settings/factors/remove", h.page(h.removeFactor))
	in.GET("/settings/audit", h.page(h.audit))
	in.GET("/settings/connections", h.page(h.connections))
	in.GET("/settings/connections/new", h.page(h.newConnection))
	in.POST("/settings/connections", h.page(h.connect))
	in.GET("/settings/connections/:id", h.page(h.connection))
	in.POST("/settings/connections/:id/secrets", h.page(h.setConnectionSecrets))
	in.POST("/settings/connections/:id/end", h.page(h.disconnect))
	in.POST("/settings/connections/deliveries/:id", h.page(h.tellAgain))
}

func (h panelist) routes(r gin.IRouter) {
	// Whoever holds an expert's link.
	r.GET("/panel/:token", h.page(h.welcome))
	r.HEAD("/panel/:token", h.page(h.welcome))
	r.POST("/panel/:token", h.page(h.enter))

	// The expert at work.
	rate := r.Group("/rate", h.seated)
	rate.GET("", h.page(h.resume))
	rate.POST("/language", h.page(h.language))
	rate.GET("/items/:n", h.page(h.item))
	rate.POST("/items/:n", h.page(h.rate))
	rate.GET("/review", h.page(h.review))
	rate.POST("/finish", h.page(h.finish))
	rate.GET("/done", h.page(h.done))
}

func (h api) routes(r gin.IRouter) {
	// A program with a key.
	offer(h, r, http.MethodGet, "/api/v1/assessments", h.assessments())
	offer(h, r, http.MethodPost, "/api/v1/invitations", h.invite())
	offer(h, r, http.MethodGet, "/api/v1/invitations", h.invitations())
	offer(h, r, http.MethodGet, "/api/v1/invitations/:id", h.invitation())
	offer(h, r, http.MethodPost, "/api/v1/invitations/bulk", h.inviteMany())
	offer(h, r, http.MethodPost, "/api/v1/invitations/:id/cancel", h.cancelInvitation())
	offer(h, r, http.MethodGet, "/api/v1/invitations/:id/result", h.result())
	offer(h, r, http.MethodGet, "/api/v1/results/:id", h.resultByID())
	offer(h, r, http.MethodGet, "/api/v1/webhooks", h.webhooks())
	offer(h, r, http.MethodPost, "/api/v1/webhooks", h.addWebhook())
	offer(h, r, http.MethodGet, "/api/v1/webhooks/:id", h.webhook())
	offer(h, r, http.MethodPut, "/api/v1/webhooks/:id", h.changeWebhook())
	offer(h, r, http.MethodDelete, "/api/v1/webhooks/:id", h.removeWebhook())
	offer(h, r, http.MethodPost, "/api/v1/webhooks/:id/rotate", h.rotateWebhook())
	offer(h, r, http.MethodPost, "/api/v1/webhooks/:id/disable", h.disableWebhook())
	offer(h, r, http.MethodPost, "/api/v1/webhooks/:id/enable", h.enableWebhook())
	offer(h, r, http.MethodPost, "/api/v1/webhooks/:id/test", h.testWebhook())
	offer(h, r, http.MethodGet, "/api/v1/webhooks/:id/deliveries", h.deliveries())
	offer(h, r, http.MethodGet, "/api/v1/deliveries/:id", h.delivery())
	offer(h, r, http.MethodPost, "/api/v1/deliveries/:id/resend", h.resend())

	// Whoever writes such a program.
	offer(h, r, http.MethodGet, "/api/openapi.json", h.openAPI())
	offer(h, r, http.MethodGet, "/api/result.schema.json", h.resultSchema())
	offer(h, r, http.MethodGet, "/api/receipt.schema.json", h.receiptSchema())
	offer(h, r, http.MethodGet, "/api/receipt-key.json", h.receiptKey())
	r.GET("/api/docs", h.page(h.docs))
	r.HEAD("/api/docs", h.page(h.docs))
	r.GET("/api/docs/:file", h.page(h.docsFile))
	r.HEAD("/api/docs/:file", h.page(h.docsFile))

	// What keeps the server running.
	r.GET("/livez", h.page(h.live))
	r.HEAD("/livez", h.page(h.live))
	r.GET("/readyz", h.page(h.ready))
	r.HEAD("/readyz", h.page(h.ready))
}

func (h doors) routes(r gin.IRouter) {
	// A vendor's system, with its connection's key.
	for _, vendor := range assess.Vendors {
		for _, door := range ats.Vendors[vendor].Doors() {
			r.Handle(door.Method, doorPath(vendor, door), h.serve(vendor, door))
		}
	}
}
